"""Caches for a second what the store says of each secret."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, NamedTuple, Protocol, TypeVar

from cachetools import TLRUCache
from turnstream.errors import Unavailable
from turnstream.process.single_flight import SingleFlight
from turnstream.secrets.issued import digest

REMEMBERED = 1.0
"""Seconds from when the store was asked. This is the promise that a revocation keeps without Redis:
within a second, everywhere."""
_ROOM = 32 * 2**20
"""Bytes of what is remembered, about: state variables may be long."""
_LEAST_SIZE = 1024
"""Bytes of something without state variables, and of the note that a secret is unknown."""
_QUESTIONS = 16
"""Questions to the store at a time."""
_TIMEOUT = 3.0
"""Seconds for an answer. A store that hangs must not hold every question."""
_WAITING = 500
"""Questions that wait for their turn; more are refused with 503. So many new secrets within a
second are a flood, and the store has turns to serve."""


class Secret(Protocol):
    """What the store knows of a secret: a key or a session."""

    @property
    def id(self) -> str:
        """Its public name."""
        ...


S = TypeVar("S", bound=Secret)
Ids = tuple[str, ...]


class RevocationRecord(Protocol):
    """What is known of revocations."""

    def since(self, ids: Iterable[str], moment: float) -> bool:
        """True when one of these ids was revoked at or after a moment of the monotonic clock."""
        ...


class _Answer(NamedTuple, Generic[S]):
    found: S | None
    ids: Ids
    asked_at: float
    life: float
    size: int


class Description(NamedTuple):
    """What ends a cached answer, and how much memory it takes."""

    ids: Ids = ()
    """The ids whose revocation ends it."""
    lasts: float | None = None
    """Seconds until it changes by itself; None if it does not."""
    size: int = 0
    """Bytes beyond the usual."""


class SecretCache(Generic[S]):
    """Asks the store what a secret is, once a second for each at most.

    `find` asks by the secret's digest; `describe` says what ends the answer. A secret that nobody
    has is remembered as long. Requests that come with the same secret at the same moment share one
    question.
    """

    def __init__(
        self,
        find: Callable[[str], Awaitable[S | None]],
        describe: Callable[[S], Description],
        revoked: RevocationRecord,
    ) -> None:
        self._find = find
        self._describe = describe
        self._revoked = revoked
        self._answers: TLRUCache[str, _Answer[S]] = TLRUCache(
            _ROOM, _end_of, time.monotonic, getsizeof=lambda answer: answer.size
        )
        self._asking = SingleFlight(self._ask)
        self._questions = asyncio.Semaphore(_QUESTIONS)

    async def get(self, secret: str) -> S | None:
        """The key or session of a secret; None where it is nobody's.

        Raises `Unavailable` when the store does not answer and nothing is remembered.
        """
        name = digest(secret)
        answer: _Answer[S] | None = self._answers.get(name)
        if answer is not None and not self._revoked.since(answer.ids, answer.asked_at):
            return answer.found
        if name not in self._asking and len(self._asking) >= _QUESTIONS + _WAITING:
            raise Unavailable("Too many secrets are looked up at once.", retry_after=1.0)
        return (await self._asking.get(name)).found

    async def _ask(self, name: str) -> _Answer[S]:
        async with self._questions:
            asked_at = time.monotonic()
            found = await self._found(name)
        known = Description() if found is None else self._describe(found)
        life = REMEMBERED if known.lasts is None else min(REMEMBERED, known.lasts)
        answer = _Answer(found, known.ids, asked_at, life, _LEAST_SIZE + known.size)
        if answer.size <= _ROOM and life > 0:
            self._answers[name] = answer
        return answer

    async def _found(self, name: str) -> S | None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await self._find(name)
        except TimeoutError as error:
            raise Unavailable("The store takes too long to look up a secret.") from error


def _end_of(_name: str, answer: "_Answer[S]", _now: float) -> float:
    return answer.asked_at + answer.life
