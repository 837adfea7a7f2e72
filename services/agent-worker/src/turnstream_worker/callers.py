"""For whom code of an app runs: who asked, in which attempt.

The app says it by the `context` that it was given and passes on. A context variable is the second
source, for code that gets no context: tasks inherit it from the turn in which they were made. A
task that outlives its turn keeps the variable, so an ended turn counts as none there.
"""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from chatkit.types import ThreadMetadata
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import RequestContext
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt

log = get_logger(__name__)

T = TypeVar("T")


class UnknownCaller(LookupError):
    """Nothing says for which user this code runs. Pass the `context` of the turn."""


class ExitRequested(Exception):
    """An app's code asked the process to exit, in which other people's turns run."""


@dataclass(eq=False)
class Caller:
    """A user, and the attempt or short call in which the app's code runs for them."""

    context: RequestContext
    attempt: Attempt | None = None
    """None in a short call."""
    known_threads: dict[str, ThreadMetadata] = field(default_factory=dict)
    """Other threads than the turn's own, as this turn or short call first loaded them."""
    journal: object | None = None
    meter: object | None = None
    """What counts the model calls of a short call, and those that a turn leaves behind."""
    sessions: dict[str, object] = field(default_factory=dict)
    """What the attempt knows of the sessions of the Agents SDK that its runs use."""
    ended: bool = False
    _contexts: list[object] = field(default_factory=list)
    _reported: bool = False

    @property
    def owner(self) -> Owner:
        """The user."""
        return self.context.owner

    @property
    def running(self) -> Attempt | None:
        """The attempt while it runs."""
        return None if self.ended else self.attempt

    @property
    def given_up(self) -> Attempt | None:
        """The attempt when it ended before its turn: another one may run and write."""
        attempt = self.attempt
        return attempt if self.ended and attempt is not None and not attempt.finished else None

    def recognize(self, context: object) -> None:
        """Let the app name this caller by `context`, which is the very object that it was given.

        An object that several callers were given names none of them.
        """
        _by_context.setdefault(id(context), []).append(self)
        self._contexts.append(context)

    def end(self) -> None:
        """Serve this caller no longer. Its tasks may go on; they belong to no turn then."""
        self.ended = True
        for context in self._contexts:
            named = _by_context[id(context)]
            named.remove(self)
            if not named:
                del _by_context[id(context)]

    def was_given(self, context: object) -> bool:
        """True for an object that the app got as the context of this caller."""
        return any(each is context for each in self._contexts)

    def report_left_over_task(self) -> None:
        """Log once that a task goes on after its turn."""
        if not self._reported:
            self._reported = True
            turn_id = self.attempt.turn_id if self.attempt else None
            log.warning("a task goes on after its turn, and belongs to none", turn_id=turn_id)


_by_context: dict[int, list[Caller]] = {}
"""Callers by the identity of the contexts that the app was given. Each caller holds its contexts,
so no other object has their identity."""

_ambient: ContextVar[Caller | None] = ContextVar("caller", default=None)
_of_run: ContextVar[Caller | None] = ContextVar("caller_of_run", default=None)


async def contained(work: Awaitable[T]) -> T:
    """Run an app's code. Raises `ExitRequested` for what would end the process."""
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as error:
        raise ExitRequested(repr(error)) from error


def begin(context: RequestContext, attempt: Attempt | None = None) -> Caller:
    """Make the current task an attempt or short call of this user, until `end()`."""
    caller = Caller(context, attempt)
    caller.recognize(context)
    _ambient.set(caller)
    return caller


def current_caller() -> Caller | None:
    """The caller in whose task this code runs; None outside and after an attempt or short call."""
    caller = _ambient.get()
    if caller is not None and caller.ended:
        caller.report_left_over_task()
        return None
    return caller


def caller_named_by(context: object) -> Caller | None:
    """The running attempt or short call that alone was given this object; None where none was."""
    named = set(_by_context.get(id(context), ()))
    return named.pop() if len(named) == 1 else None


def caller_of(context: object) -> Caller:
    """The caller for whom an app asks with this context. Raises `UnknownCaller`.

    A context that names another user than the current attempt's is obeyed: it is what the app
    says, and what the task inherited may be somebody else's.
    """
    named = caller_named_by(context)
    if named is not None:
        return named
    if not isinstance(context, RequestContext) and (held := _held_request(context)) is not None:
        return caller_of(held)
    ambient = _ambient.get()
    owner = context.owner if isinstance(context, RequestContext) else None
    if ambient is not None and not ambient.ended and owner in (None, ambient.owner):
        return ambient
    if ambient is not None and (owner == ambient.owner or ambient.was_given(context)):
        ambient.report_left_over_task()
        return ambient
    if not isinstance(context, RequestContext):
        raise UnknownCaller(
            "The store was asked without a context that names a user, in a task or thread that "
            "belongs to no running turn. Pass the context that respond was given."
        )
    return Caller(context)


def _held_request(context: object) -> RequestContext | None:
    """The one request that an object holds, as a value or in a field: a copy of a context does."""
    if isinstance(context, Mapping):
        values = list(context.values())
    else:
        slots = (name for kind in type(context).__mro__ for name in getattr(kind, "__slots__", ()))
        values = [*getattr(context, "__dict__", {}).values()]
        values += [getattr(context, name, None) for name in slots if not name.startswith("__")]
    held = {id(each): each for each in values if isinstance(each, RequestContext)}
    return next(iter(held.values())) if len(held) == 1 else None


@contextmanager
def begin_run(context: object) -> Iterator[None]:
    """Let an agent run that begins inside belong to the caller that its context names.

    The context is the one given to the run, or its `request_context`. A helper task that serves
    several turns runs agents so: each run belongs to the turn whose context it was given, not to
    the turn in which the task was made. A context that names nobody leaves it to the task.
    """
    given = getattr(context, "request_context", None)
    caller = caller_named_by(context) or caller_named_by(given) or current_caller()
    tokens = _ambient.set(caller or _ambient.get()), _of_run.set(caller)
    try:
        yield
    finally:
        _ambient.reset(tokens[0])
        _of_run.reset(tokens[1])


def caller_of_run() -> Caller | None:
    """The caller to whom the current agent run belongs; None outside any turn.

    A run that began in an attempt belongs to it even when it goes on afterwards: its journal
    then says whether the run may continue.
    """
    return _of_run.get()


def payer() -> Caller | None:
    """The caller for whom models are called by the code that runs now, also when their turn or
    short call has ended; None where it runs for nobody.
    """
    caller = _of_run.get()
    return caller if caller is not None else _ambient.get()


class _CurrentAttempt:
    """The attempt for which code runs; None in a short call and outside any turn."""

    def get(self) -> Attempt | None:
        """The running attempt of the current task."""
        caller = current_caller()
        return caller.attempt if caller is not None else None

    def set(self, attempt: Attempt | None) -> None:
        """Make the current task one of this attempt."""
        if attempt is None:
            _ambient.set(None)
        else:
            begin(attempt.claimed.context, attempt)


current_attempt = _CurrentAttempt()
