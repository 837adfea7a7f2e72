"""Steps of an app's own that happen once in a turn: retrieval, or a model call of another SDK."""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from types import GenericAlias
from typing import Any, Protocol, TypeVar, cast, overload

T = TypeVar("T")

STEP_LIMIT = 1_000_000
"""Bytes of JSON that one step may record. Larger results belong in a store of your own."""


class StepNotRecordable(TypeError):
    """The result of a step is no JSON, or too large. Trying again does not help."""


class Step(Protocol):
    """One step of the current turn."""

    def recorded(self) -> str | None:
        """What an earlier attempt recorded of it, as JSON; None if it has to happen."""

    async def begin(self) -> None:
        """Wait until all that came before it is recorded. Raises when the turn may do no more."""

    async def record(self, text: str) -> None:
        """Record its result, durably. Raises `Fenced` when another worker has the turn."""

    def forget(self) -> None:
        """It failed: the next step of this name is this one, tried again."""


class Steps(Protocol):
    """Where the steps of turns are recorded."""

    def step(self, name: str) -> Step | None:
        """The next step of this name in the current turn; None outside any turn."""


current_steps: ContextVar[Steps | None] = ContextVar("steps", default=None)
"""Set by a worker. Code that runs elsewhere, in a test for example, has none."""


@overload
async def run_step(name: str, make: Callable[[], Awaitable[T]], *, returns: object = ...) -> T: ...
@overload
async def run_step(name: str, make: Callable[[], T], *, returns: object = ...) -> T: ...
async def run_step(name: str, make: Callable[[], T | Awaitable[T]], *, returns: object = None) -> T:
    """Call `make()` once in the current turn, and return what it gave.

    When a turn is run again after a crash, the result that was recorded is returned and `make` is
    not called. A plain function is called in a thread, so it may block.

    - **Once recorded, never repeated.** The result is durable before this returns.
    - **At least once all the same.** A crash after the effect and before its record repeats it.
      Where that matters, give the other side an idempotency key made of `current_turn().id`.
    - **An exception is not recorded.** It is raised, and the next attempt calls `make` again; so
      does the next step of the same name. Stop cancels `make`, and records nothing.
    - **The result is JSON**, of at most `STEP_LIMIT` bytes. For anything else pass its type,
      `returns=Answer`: a pydantic model, a dataclass, `list[Answer]`. What you get is what was
      recorded, in the first attempt too: a tuple comes back as a list unless `returns` says so.
    - **A name may be used again**: its first, second, third step are told apart by their order.
      Steps that run side by side need names of their own.

    Outside a turn it calls `make` and records nothing. Raises what `make` raises, and
    `StepNotRecordable` for a result that is no JSON or too large.
    """
    step = _step(name)
    if step is None:
        return await _called(make)
    recorded = step.recorded()
    if recorded is not None:
        return cast(T, _decoded(recorded, returns))
    try:
        await step.begin()
        text = _encoded(name, await _called(make), returns)
    except BaseException:
        step.forget()
        raise
    await step.record(text)
    return cast(T, _decoded(text, returns))


async def recorded_stream(
    name: str, make: Callable[[], AsyncIterator[T]], *, returns: Any = None
) -> AsyncGenerator[T]:
    """The chunks of `make()` as they come, or those that were recorded, at once.

    The chunks are recorded together when the stream has ended. A stream that was cut off, by a
    crash, an exception or Stop, is asked for again from its start. `returns` is the type of one
    chunk. For all else see `run_step`. Close it, or read it to its end.
    """
    step = _step(name)
    kind = None if returns is None else GenericAlias(list, (returns,))
    recorded = step.recorded() if step is not None else None
    if recorded is not None:
        for chunk in cast(list[T], _decoded(recorded, kind)):
            yield chunk
        return
    chunks: list[T] = []
    ended = False
    try:
        if step is not None:
            await step.begin()
        async for chunk in make():
            if step is not None:
                chunks.append(chunk)
            yield chunk
        text = _encoded(name, chunks, kind) if step is not None else ""
        ended = True
    finally:
        if step is not None and not ended:
            step.forget()
    if step is not None:
        await step.record(text)


def _step(name: str) -> Step | None:
    steps = current_steps.get()
    return steps.step(name) if steps is not None else None


async def _called(make: Callable[[], T | Awaitable[T]]) -> T:
    import asyncio  # not at the top: `turnstream --help` has no use for it

    made = make() if inspect.iscoroutinefunction(make) else await asyncio.to_thread(make)
    return await made if inspect.isawaitable(made) else made


def _encoded(name: str, value: object, returns: Any) -> str:
    from pydantic import TypeAdapter
    from pydantic_core import PydanticSerializationError, to_json

    try:
        if returns is None:
            _check_plain(value)
            text = to_json(value).decode()
        else:
            text = TypeAdapter(returns).dump_json(value, warnings="error").decode()
    except (PydanticSerializationError, TypeError, ValueError, RecursionError) as error:
        raise StepNotRecordable(
            f"The step {name!r} gave what JSON can't hold. Pass its type as `returns`: {error}"
        ) from error
    size = len(text.encode())
    if size > STEP_LIMIT:
        raise StepNotRecordable(
            f"The step {name!r} gave {size} bytes; a step may record {STEP_LIMIT}."
        )
    return text


def _check_plain(value: object) -> None:
    """Raises `TypeError` for what comes back from JSON as something of another kind."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key that is no string")
        for each in value.values():
            _check_plain(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check_plain(each)
    elif value is not None and type(value) not in (str, int, float, bool):
        raise TypeError(f"a {type(value).__name__}")


def _decoded(text: str, returns: Any) -> object:
    from pydantic import TypeAdapter

    return TypeAdapter(Any if returns is None else returns).validate_json(text)
