"""Which words of an exception a log may repeat.

An exception of an app, a tool or a library may quote what a user wrote, a model answered or a file
is called. A log keeps such words as long as the log is kept, wherever it is sent, also when the
user has been erased. So a line says which exception it was and where it came from; its words are
with the turn, where its owner's data is. `LOG_ERROR_TEXT` has them logged all the same.
"""

import re
import traceback
from collections.abc import Iterator

from turnstream.errors import TurnstreamError
from turnstream.settings import ConfigurationError

_OURS = (TurnstreamError, ConfigurationError, ImportError, NameError, AttributeError, TimeoutError)
"""Classes whose words are about code and machines."""
_CLIENTS = frozenset({"asyncpg", "redis", "sqlalchemy"})
"""Packages whose words are about servers, once what `_QUOTED` finds is taken out of them."""

_QUOTED = (
    # pydantic, of a value that it refuses
    re.compile(r"(?<=input_value=).*?(?=, input_type=)", re.DOTALL),
    # Postgres, of a row; SQLAlchemy, of a statement
    re.compile(r"(?<=DETAIL:).*?(?=\n|$)"),
    re.compile(r"(?<=\[parameters: ).*?(?=\]\n|\]$)", re.DOTALL),
    # Redis, of a command that it refuses
    re.compile(r"(?<=with args beginning with:).*", re.DOTALL),
)
LEFT_OUT = "[…]"
"""What stands in the place of words."""


class _Policy:
    """Whether this process logs all words. Everywhere but in a service it does."""

    everything = True


def show(*, everything: bool) -> None:
    """Decide it for this process."""
    _Policy.everything = everything


def are_shown() -> bool:
    """True when this process logs the words of every exception."""
    return _Policy.everything


def without_quotations(text: str) -> str:
    """A library's words without the values that it is known to quote."""
    if _Policy.everything:
        return text
    for quoted in _QUOTED:
        text = quoted.sub(LEFT_OUT, text)
    return text


def described(error: BaseException) -> str:
    """One line about an exception: its class, and its words where they may be shown."""
    name = type(error).__name__
    words = _words(error)
    return f"{name}: {words}" if words else name


def stack(error: BaseException) -> str:
    """Where an exception came from, with those that it came from, the cause first."""
    if _Policy.everything:
        return "".join(traceback.format_exception(error))
    return "".join(_lines(error, seen=set()))


def _words(error: BaseException) -> str:
    if _Policy.everything:
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, _OURS):
        # The text of an error about a file names the file.
        return error.strerror or "" if error.filename is not None else str(error)
    package = type(error).__module__.partition(".")[0]
    if isinstance(error, _OURS) or package in _CLIENTS:
        return without_quotations(str(error))
    return LEFT_OUT if str(error) else ""


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _lines(earlier, seen)
        yield "\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{described(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            if id(each) not in seen:
                yield from ("  " + line for line in "".join(_lines(each, seen)).splitlines(True))
