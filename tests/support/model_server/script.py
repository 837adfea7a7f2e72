"""Scripts: which step answers which request.

A script is a function of the request, so that a request asked twice (a turn run again after a
crash) gets the same answer. Only `queue` counts requests; use it where nothing is repeated.
"""

from collections.abc import Callable

from .request import ModelRequest
from .steps import Step

Script = Callable[[ModelRequest], Step]
Answer = Step | Script
Rule = tuple[Callable[[ModelRequest], bool], Answer]


class ScriptError(Exception):
    """The script has no answer for a request; the server says so with status 500."""


def always(answer: Answer) -> Script:
    """The same answer for every request."""
    return lambda request: _resolve(answer, request)


def rules(*when: Rule, otherwise: Answer | None = None) -> Script:
    """The answer of the first rule whose predicate holds."""

    def script(request: ModelRequest) -> Step:
        for predicate, answer in when:
            if predicate(request):
                return _resolve(answer, request)
        if otherwise is None:
            raise ScriptError(f"no rule for {request.last_user_text!r}")
        return _resolve(otherwise, request)

    return script


def rounds(*answers: Answer, tools_per_round: int = 1) -> Script:
    """The n-th answer once n rounds of tools have come back since the user spoke.

    With parallel calls say how many `tools_per_round` there are.
    """

    def script(request: ModelRequest) -> Step:
        done = len(request.tool_outputs) // tools_per_round
        if done >= len(answers):
            raise ScriptError(f"no answer after {done} rounds of tools")
        return _resolve(answers[done], request)

    return script


def first(times: int, failure: Answer, then: Answer) -> Script:
    """`failure` for the first `times` of each identical request, then the other answer."""
    return lambda request: _resolve(failure if request.repeat < times else then, request)


def queue(*answers: Answer) -> Script:
    """The n-th request gets the n-th answer, whatever it asks."""

    def script(request: ModelRequest) -> Step:
        if request.number > len(answers):
            raise ScriptError(f"request {request.number}, but only {len(answers)} answers")
        return _resolve(answers[request.number - 1], request)

    return script


def user_says(part: str) -> Callable[[ModelRequest], bool]:
    """Predicate: the last user message contains this text."""
    return lambda request: part in request.last_user_text


def instructed(part: str) -> Callable[[ModelRequest], bool]:
    """Predicate: the instructions contain this text (they tell agents apart)."""
    return lambda request: part in request.instructions


def _resolve(answer: Answer, request: ModelRequest) -> Step:
    return answer if isinstance(answer, Step) else answer(request)
