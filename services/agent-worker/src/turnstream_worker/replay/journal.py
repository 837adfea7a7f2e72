"""The journal: what already happened in a turn, so that a second attempt does not repeat it.

Keys are made of content, not of running numbers. Calls run side by side (a title agent beside the
answer, parallel tools), and content finds the right record in any order.
"""

from collections import defaultdict
from itertools import count
from typing import Any

import orjson
from turnstream.contracts.ids import digest
from turnstream.store_client import StoreClient

from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import Caller, current_caller
from turnstream_worker.thread.writes import Writes


class Journal:
    """The journal of one attempt: its turn's earlier records, and a fenced way to add more."""

    def __init__(self, attempt: Attempt, client: StoreClient, writes: Writes) -> None:
        self._attempt = attempt
        self._writes = writes
        self._client = client
        self._records: dict[str, str] = {}
        self._asked: dict[str, set[int]] = defaultdict(set)
        self._contents: dict[str, tuple[str, int]] = {}
        self._call_ids: dict[str, str] = {}

    async def load(self) -> None:
        """Read what earlier attempts recorded. The first attempt has nothing to read."""
        if self._attempt.number > 1:
            self._records = await self._client.attempts.journal(self._attempt.turn_id)

    def key_of(self, kind: str, agent: str, asked: object) -> str:
        """The key of a call, by what it asks. The n-th equal call has the n-th record.

        Instructions are not part of the key: they may hold a date.
        """
        text = orjson.dumps(asked, default=str, option=orjson.OPT_SORT_KEYS).decode()
        content = digest(kind, agent, text)
        taken = self._asked[content]
        ordinal = next(number for number in count(1) if number not in taken)
        taken.add(ordinal)
        key = f"{kind}_{digest(content, ordinal)}"
        self._contents[key] = content, ordinal
        return key

    def forget(self, key: str) -> None:
        """Forget a call that failed, so that the next equal one gets its key."""
        content, ordinal = self._contents.pop(key)
        self._asked[content].discard(ordinal)

    def recorded(self, key: str) -> Any | None:
        """What was recorded under a key, parsed; None when nothing was."""
        record = self._records.get(key)
        return None if record is None else orjson.loads(record)

    def record(self, key: str, value: str) -> None:
        """Record a step. Wait for `committed` before anything follows from it."""
        self._writes.record(key, value)
        self._records[key] = value

    async def committed(self) -> None:
        """Return when every step is durable. Raises `Fenced`."""
        await self._writes.committed()

    def unique_call_id(self, call_id: str, response_key: str) -> str:
        """The call id, or one made of it when another response of this turn has used it.

        Some servers number their calls afresh in every response (`call_0`), but an id names one
        call for ever, in the ledger too.
        """
        owner = self._call_ids.setdefault(call_id, response_key) if call_id else ""
        return call_id if owner == response_key else f"call_{digest(response_key, call_id)}"

    def reserve_call_id(self, call_id: str) -> None:
        """Keep an id for a call of an earlier turn, whose run this turn resumes."""
        self._call_ids.setdefault(call_id, "an earlier turn")


def journal_of(caller: Caller) -> Journal | None:
    """The journal of a caller's attempt; None in a short call."""
    return caller.journal if isinstance(caller.journal, Journal) else None


class _CurrentJournal:
    """The journal of the current attempt; None outside any turn."""

    def get(self) -> Journal | None:
        """The journal of the running attempt that the current task belongs to."""
        caller = current_caller()
        return journal_of(caller) if caller is not None else None

    def set(self, journal: Journal | None) -> None:
        """Give the current attempt its journal."""
        caller = current_caller()
        if caller is not None:
            caller.journal = journal


current_journal = _CurrentJournal()
