"""Turns without a worker: their logs are written by the bench, as a worker would."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

from redis.asyncio import Redis
from turnstream.contracts.turns import TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, Position
from turnstream.redis.log_servers import one_server

_SLICES = 10
"""The streams do not send at the same time: a tenth of them sends at a time."""
_LARGEST = 500
"""Appends in one pipeline."""
_DELTA = (
    b'{"type":"thread.item.updated","item_id":"msg_00000000000000000000000000000000","update":'
    b'{"type":"assistant_message.content_part.text_delta","content_index":0,"delta":" word"},'
    b'"sent":"%020d"}'
)


class LogsLost(Exception):
    """Redis refused appends: the logs are not what the bench takes them for."""


def word_frames(position: Position) -> bytes:
    """One word as its viewers get it, with the time of now inside."""
    return sse.frames(position, [_DELTA % time.perf_counter_ns()])


class Feeder:
    """Writes to the logs of many turns through one connection."""

    def __init__(self, redis: Redis, turn_ids: Sequence[str]) -> None:
        self._pipeline = redis.pipeline(transaction=False)
        # Its appends gather until the pipeline is executed.
        self._log = EventLog(one_server(self._pipeline))
        self._turn_ids = turn_ids
        self._seq = 0

    async def begin(self) -> None:
        """Open the first attempt of every turn, where the store has not made the log yet too."""
        start = Position(1, 0)
        opening = Entry(OPENING, Kind.EVENTS, sse.frames(OPENING, []))
        attempt = Entry(start, Kind.ATTEMPT, sse.frames(start, []))
        for turn_ids in self._batches():
            for turn_id in turn_ids:
                await self._log.seed(turn_id, [opening, attempt])
            await self._execute()

    async def words(self, rate: float, seconds: float) -> None:
        """So many words a second in every log; takes longer if this machine can't."""
        loop = asyncio.get_running_loop()
        slices = [self._turn_ids[n::_SLICES] for n in range(_SLICES)]
        began, pause = loop.time(), 1 / rate / _SLICES
        for number in range(round(seconds * rate) * _SLICES):
            await asyncio.sleep(max(0.0, began + number * pause - loop.time()))
            if number % _SLICES == 0:
                self._seq += 1
            await self._append(slices[number % _SLICES], Kind.EVENTS, word_frames)

    async def end(self) -> None:
        """Close every log."""
        done = TurnStatus.COMPLETED
        self._seq += 1
        for turn_ids in self._batches():
            await self._append(
                turn_ids, Kind.end(done), lambda position: sse.end_frame(position, done)
            )

    def _batches(self) -> Iterator[Sequence[str]]:
        for first in range(0, len(self._turn_ids), _LARGEST):
            yield self._turn_ids[first : first + _LARGEST]

    async def _append(
        self, turn_ids: Sequence[str], kind: str, frames: Callable[[Position], bytes]
    ) -> None:
        position = Position(1, self._seq)
        for turn_id in turn_ids:
            await self._log.append(turn_id, [Entry(position, kind, frames(position))])
        await self._execute()

    async def _execute(self) -> None:
        answers = await self._pipeline.execute()
        if any(answer != b"ok" for answer in answers):
            raise LogsLost(set(answers))
