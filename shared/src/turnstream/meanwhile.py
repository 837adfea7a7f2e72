"""Work that is done while another process answers."""

from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class Asked(Generator[Any, Any, T]):
    """A question to another process that is on its way: await it when nothing is left to do
    meanwhile.

    It has been run, in the caller's own task, up to where it waits: what it writes by then is sent.
    A task of its own would begin a round of the event loop later, and tell its answer a round after
    it has it. What fails before it waits is raised at once. Wait for nothing else in between, for a
    time limit in the question would end that wait. Forgetting it closes it, like any generator.
    """

    def __init__(self, question: Coroutine[Any, Any, T]) -> None:
        self._question = question
        self._steps: list[Any] = []
        """What the question waits for, until it is awaited."""
        self._answer: StopIteration | None = None
        try:
            self._steps.append(question.send(None))
        except StopIteration as answer:
            self._answer = answer

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def send(self, value: Any) -> Any:
        """Part of Generator: what the event loop has to wait for next."""
        if self._answer is not None:
            raise self._answer
        return self._steps.pop() if self._steps else self._question.send(value)

    def throw(self, *error: Any) -> Any:
        """Part of Generator: a failure, or a cancellation, where the question waits."""
        return self._question.throw(*error)

    def close(self) -> None:
        """Part of Generator: nobody wants the answer any more."""
        self._question.close()
