"""Sessions of the Agents SDK: what an attempt writes into one belongs to the attempt.

The SDK writes the user's words and each step into the session as it goes. A second attempt would
read them as history, ask the model something else, buy everything again and leave it there twice.
So an attempt records what it read first and what it adds. A second attempt reads what the first one
read, and adds only what the session does not hold yet. What the first attempt left there and the
second does not bring again is taken back.

The session is written after the record is committed, and never by an attempt whose lease has ended.
Between that check and the session's own commit a frozen worker can still write once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
from agents.items import TResponseInputItem
from agents.memory import Session
from turnstream.contracts.ids import digest
from turnstream.errors import Fenced
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import Caller
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.session_items import (
    FirstRead,
    Items,
    last,
    left_of,
    name_of,
    take,
    without,
)
from turnstream_worker.sdk.session_proxy import called, proxy_of

log = get_logger(__name__)

_ALL = 1_000_000
"""A limit that no session reaches. Without one a session may apply a limit of its own."""


@dataclass
class _SessionState:
    """What an attempt knows of one session, whichever objects stand for it."""

    key: str
    first_read: Items | None = None
    looked_back: bool = False
    left: Counter[str] = field(default_factory=Counter)
    """Items of earlier attempts that the session holds and this attempt has not added."""
    additions: Iterator[int] = field(default_factory=count)

    def addition(self, attempt: int, ordinal: int) -> str:
        """The journal's key for what an attempt adds."""
        return f"{self.key}_added_{attempt}_{ordinal}"


def attempt_session(session: Session, caller: Caller, journal: Journal) -> Session:
    """The session for a run of this caller's attempt."""
    assert caller.attempt is not None
    return proxy_of(session, _AttemptSession(session, caller.attempt, journal, caller.sessions))


class _AttemptSession:
    """Takes the calls of a session for one attempt."""

    def __init__(
        self, session: Session, attempt: Attempt, journal: Journal, known: dict[str, object]
    ) -> None:
        self._session = session
        self._attempt = attempt
        self._journal = journal
        self._all_known = known

    async def get_items(self, limit: int | None = None, **options: object) -> Items:
        """What the session held when the turn began, and what this attempt has added."""
        if self._attempt.number == 1:
            items = await self._read(limit, **options)
            self._note_first_read(self._known(), items, limit)
            return items
        known, everything = await self._look_back(**options)
        if known.first_read is not None:
            return last(without(everything, known.left), self._limited(limit))
        first = self._first_read_again(known, everything)
        if first is None:
            first = last(without(everything, known.left), self._limited(limit))
        self._note_first_read(known, first, limit)
        return first

    async def add_items(self, items: Items, **options: object) -> None:
        """Record the items, then store those that no earlier attempt has stored."""
        known = self._known()
        if self._attempt.number > 1:
            known, _ = await self._look_back(**options)
        key = known.addition(self._attempt.number, next(known.additions))
        self._journal.record(key, {"names": [name_of(item) for item in items]})
        await self._allowed()
        missing = [item for item in items if not take(known.left, name_of(item))]
        if missing:
            await self._take_back(known, **options)
            await called(self._session.add_items, missing, **options)

    async def pop_item(self, **options: object) -> TResponseInputItem | None:
        """Remove the newest item that this attempt can see."""
        await self._allowed()
        await self._take_back(self._known(), **options)
        popped: TResponseInputItem | None = await called(self._session.pop_item, **options)
        return popped

    async def clear_session(self, **options: object) -> None:
        """Remove everything."""
        await self._allowed()
        self._known().left.clear()
        await called(self._session.clear_session, **options)

    async def run_compaction(self, args: object = None, **options: object) -> None:
        """Compact once in a turn. What the turn read first is recorded whole: it is gone then."""
        known = self._known()
        done = f"{known.key}_compacted"
        if self._journal.recorded(done) is not None:
            return
        # Through JSON and back: an item may hold an object of the SDK.
        first = orjson.loads(orjson.dumps(known.first_read, default=str))
        self._journal.record(f"{known.key}_before_compaction", {"items": first})
        await self._allowed()
        compacting: Any = self._session
        await called(compacting.run_compaction, args, **options)
        self._journal.record(done, True)

    def _known(self) -> _SessionState:
        session = self._session
        path = getattr(session, "db_path", "")
        name = digest(type(session).__qualname__, path, session.session_id)
        known = self._all_known.setdefault(name, _SessionState(f"session_{name}"))
        assert isinstance(known, _SessionState)
        return known

    async def _read(self, limit: int | None, **options: object) -> Items:
        given = options if limit is None else {**options, "limit": limit}
        return list(await called(self._session.get_items, **given))

    def _limited(self, limit: int | None) -> int | None:
        """The limit of a read: the one that is asked for, or the session's own."""
        settings = getattr(self._session, "session_settings", None)
        own: int | None = getattr(settings, "limit", None)
        return own if limit is None else limit

    async def _allowed(self) -> None:
        """Return when what was recorded is durable. Raises `Fenced` for a superseded attempt."""
        await self._journal.committed()
        if self._attempt.is_lost or self._attempt.lease_left() <= 0:
            raise Fenced(f"The lease of turn {self._attempt.turn_id} has ended.")

    def _note_first_read(self, known: _SessionState, items: Items, limit: int | None) -> None:
        """Record what the turn reads first, by name only: a history may be long."""
        if known.first_read is not None:
            return
        known.first_read, limit = items, self._limited(limit)
        read = FirstRead.of(items, whole=limit is None or len(items) < limit)
        self._journal.record(f"{known.key}_read", read._asdict())

    def _recorded_read(self, known: _SessionState) -> FirstRead | None:
        record = self._journal.recorded(f"{known.key}_read")
        return None if record is None else FirstRead(**record)

    def _before_compaction(self, known: _SessionState) -> Items | None:
        record = self._journal.recorded(f"{known.key}_before_compaction")
        items: Items | None = record["items"] if record is not None else None
        return items

    def _first_read_again(self, known: _SessionState, everything: Items) -> Items | None:
        """What the turn read first, in an earlier attempt; None when it is not known any more."""
        before, read = self._before_compaction(known), self._recorded_read(known)
        if before is not None or read is None:
            return before
        first = read.among(everything, self._added_before(known))
        if first is None:
            self._warn("a session was changed between two attempts of a turn")
        return first

    async def _look_back(self, **options: object) -> tuple[_SessionState, Items]:
        """What the session holds, and what of it earlier attempts left there."""
        limit = None if self._limited(None) is None else _ALL
        everything = await self._read(limit, **options)
        known = self._known()
        if not known.looked_back:
            known.looked_back, added = True, self._added_before(known)
            compacted = self._before_compaction(known) is not None
            known.left = (
                added if compacted else left_of(everything, self._recorded_read(known), added)
            )
        return known, everything

    def _added_before(self, known: _SessionState) -> Counter[str]:
        """What earlier attempts meant to add."""
        added: Counter[str] = Counter()
        for attempt in range(1, self._attempt.number):
            for ordinal in count():
                record = self._journal.recorded(known.addition(attempt, ordinal))
                if record is None:
                    break
                added.update(record["names"])
        return added

    async def _take_back(self, known: _SessionState, **options: object) -> None:
        """Remove what earlier attempts left at the end of the session."""
        if not known.left.total():
            return
        _, items = await self._look_back(**options)
        while items and take(known.left, name_of(items.pop())):
            await called(self._session.pop_item, **options)
        if known.left.total():
            self._warn("a session keeps an earlier attempt's items: others follow them")
            known.left.clear()

    def _warn(self, event: str) -> None:
        log.warning(event, turn_id=self._attempt.turn_id, session=self._session.session_id)
