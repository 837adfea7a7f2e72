"""The journal: what already happened in a turn, so that a second attempt does not repeat it.

Keys are made of content, not of running numbers. Calls run side by side (a title agent beside the
answer, parallel tools), and content finds the right record in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

from turnstream.contracts.ids import digest
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.contracts.turns import Json
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import Caller, current_caller
from turnstream_worker.replay import plain_json
from turnstream_worker.replay.requests import Requests
from turnstream_worker.replay.shapes import Shape
from turnstream_worker.thread.writes import Writes
from turnstream_worker.usage.meter import Meter
from turnstream_worker.usage.outside_turns import OutsideTurnMeter

log = get_logger(__name__)

CUT = "cut_"
"""Key prefix of calls that were paid for and did not end; the next attempt counts them."""
ASKED = "asked"
"""A field of a model's record: what it answers. Records of earlier versions lack it."""
NUMBER = "number"
"""In that: how many records came before it."""


@dataclass(frozen=True)
class _Call:
    """A model call that a record answers: what it asked, and which of equal ones it was."""

    content: str
    ordinal: int
    shape: Shape


class Journal:
    """The journal of one attempt: its turn's earlier records, and a fenced way to add more."""

    def __init__(self, attempt: Attempt, client: StoreClient, writes: Writes) -> None:
        self._attempt = attempt
        self._writes = writes
        self._client = client
        self._records: dict[str, str] = {}
        self._paid: set[str] = set()
        self.taken_steps: set[str] = set()
        """Keys of the app's own steps that this attempt has come to."""
        self._answered: dict[str, _Call] = {}
        self._asked: dict[str, _Call] = {}
        self._call_ids: dict[str, str] = {}
        self.requests = Requests()
        """What the models of this attempt were asked."""
        self.meter = Meter(attempt, client, writes)
        """What the turn uses, held against its budget."""

    def meter_outside(self) -> OutsideTurnMeter:
        """The meter for code that goes on after the turn: its user still pays."""
        return OutsideTurnMeter(self._client, self._attempt.owner, self._attempt.thread_id)

    async def load(self) -> None:
        """Read what earlier attempts recorded. The first attempt has nothing to read."""
        if self._attempt.number == 1:
            return
        self._records = await self._client.attempts.journal(
            self._attempt.owner, self._attempt.turn_id
        )
        self._read(tuple(self._records))

    def steps(self) -> dict[str, str]:
        """The recorded steps, for a later turn that continues this one."""
        left = (CUT, REQUEST)
        return {key: text for key, text in self._records.items() if not key.startswith(left)}

    def record_requests(self) -> None:
        """Record what the models were asked, for a turn that ends and whose journal is kept."""
        for key, asked in self.requests.records():
            self.record(key, asked)

    def adopt(self, steps: Mapping[str, str]) -> None:
        """Go on with the steps of another turn, which ended while it waited for a person.

        They are played back as this turn's own. Their turn has paid for them.
        """
        adopted = {key: text for key, text in steps.items() if key not in self._records}
        self._paid |= adopted.keys()
        self._records.update(adopted)
        self._read(tuple(adopted))

    def is_paid(self, key: str) -> bool:
        """True for a step that another turn has paid for."""
        return key in self._paid

    def _read(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key.startswith(REQUEST):
                continue
            try:
                record = self.recorded(key)
                if key.startswith(CUT):
                    self.meter.used_before(record)
                if isinstance(record, dict) and ASKED in record:
                    self._answered[key] = _call(record[ASKED])
            except (ValueError, LookupError, TypeError) as error:
                self.distrust(key, error)

    def key_of(self, kind: str, agent: str, asked: object, shape: Shape) -> str:
        """The key of a model call, by what it asks.

        The first unused record of the same shape gives it, else the only one of a similar shape:
        instructions may hold a date. Else it is the key of the n-th equal call: new, or of an
        earlier version, whose records have no shape.
        """
        content = digest(kind, agent, plain_json.canonical(asked))
        key = self._answering(content, shape)
        if key is None:
            key, call = self._next(kind, content, shape)
        else:
            call = replace(self._answered[key], shape=shape)
        self._asked[key] = call
        return key

    def _answering(self, content: str, shape: Shape) -> str | None:
        free = sorted(
            (call.ordinal, key)
            for key, call in self._answered.items()
            if call.content == content and key not in self._asked
        )
        for _, key in free:
            if self._answered[key].shape.exact == shape.exact:
                return key
        alike = [key for _, key in free if self._answered[key].shape.resembles(shape)]
        return alike[0] if len(alike) == 1 else None

    def _next(self, kind: str, content: str, shape: Shape) -> tuple[str, _Call]:
        for ordinal in count(1):
            key = f"{kind}_{digest(content, ordinal)}"
            if key not in self._asked and key not in self._answered:
                return key, _Call(content, ordinal, shape)
        raise AssertionError("unreachable")

    def forget(self, key: str) -> None:
        """Forget a call that failed, so that the next equal one gets its key."""
        del self._asked[key]

    def distrust(self, key: str, reason: object) -> None:
        """Count a record that can't be read as none: what it recorded happens again."""
        log.warning(
            "a record of the journal could not be read, and counts as none",
            turn_id=self._attempt.turn_id,
            key=key,
            error=reason,
        )
        self._records.pop(key, None)
        self._answered.pop(key, None)

    def recorded(self, key: str) -> Any | None:
        """What was recorded under a key, parsed; None when nothing was."""
        text = self._records.get(key)
        return None if text is None else plain_json.loads(text)

    def record(self, key: str, value: Mapping[str, object] | bool) -> None:
        """Record a step. Wait for `committed` before anything follows from it.

        A step that is no plain data is not recorded, with a warning: it would happen again.
        """
        call = self._asked.get(key)
        if call is not None and isinstance(value, Mapping):
            value = {**value, ASKED: {**asdict(call), NUMBER: len(self._records)}}
        try:
            text = plain_json.dumps(value)
        except (TypeError, ValueError, RecursionError) as error:
            log.warning("a step could not be recorded", key=key, error=error)
            return
        self._writes.record(key, text)
        self._records[key] = text

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


def _call(stamp: Json) -> _Call:
    """What `asdict` made of a call."""
    shape = Shape(**{**stamp["shape"], "sketch": tuple(stamp["shape"]["sketch"])})
    return _Call(stamp["content"], stamp["ordinal"], shape)


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
