"""A scenario: a way to hurt the system, with randomness of its own, and what came of it."""

import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from tests.chaos.world import TIMEOUT, Shape, World
from tests.support.chat_client import ChatClient, Problem, StreamBroken, TurnStream


@dataclass
class Case:
    """One run of a scenario."""

    world: World
    rng: random.Random
    number: int
    """Counts the runs of a scenario from 0; some scenarios go through positions by it."""
    minutes: float = 0.0
    """How long a scenario with traffic should go on; it decides itself what is the least."""
    clients: list[ChatClient] = field(default_factory=list)
    """Whose events are shown if the run fails."""

    def message(self, kind: str) -> str:
        """A message of a kind that is like no other, so that its model calls can be told apart."""
        return f"{kind} {uuid.UUID(int=self.rng.getrandbits(128)).hex[:10]}"


@dataclass(frozen=True)
class Outcome:
    """What a run that passed has to tell."""

    recoveries: tuple[float, ...] = ()
    """Seconds from each fault to the first event that came of a new attempt or connection."""
    note: str = ""


@dataclass(frozen=True)
class Scenario:
    """`runs` is how often the long form runs it, `short` names the runs that `make test` has."""

    name: str
    promise: str
    run: Callable[[Case], Awaitable[Outcome]]
    runs: int
    short: tuple[int, ...] = ()
    """Numbers of runs, from 0."""
    shape: Shape = field(default_factory=Shape)
    limit: float = 240.0
    """Seconds for one run; longer, and it failed."""


async def step(turn: TurnStream, position: int) -> bool:
    """Apply this many events; False when the turn was over before."""
    for _ in range(position):
        if await turn.next_event() is None:
            return False
    return True


async def see_end(client: ChatClient, turn: TurnStream, timeout: float = TIMEOUT) -> None:
    """Read the turn to its end, coming back by position whenever the connection is lost."""
    try:
        await turn.to_end(timeout)
    except (StreamBroken, aiohttp.ClientError, Problem):
        await client.see_through(turn.turn_id, timeout=timeout)


def recovery(client: ChatClient, fault: float) -> tuple[float, ...]:
    """Seconds from a fault to the first event of a later attempt; none if nothing more came."""
    before = [received for received in client.events if received.at <= fault]
    last = _attempt(before[-1].id) if before else 0
    for received in client.events[len(before) :]:
        if _attempt(received.id) > last:
            return (received.at - fault,)
    return ()


def next_event(client: ChatClient, fault: float) -> tuple[float, ...]:
    """Seconds from a fault to the next event of any kind; none if nothing more came."""
    after = [received.at - fault for received in client.events if received.at > fault]
    return tuple(after[:1])


def now() -> float:
    """The clock that faults, events and model calls are timed by."""
    return time.monotonic()


def _attempt(position: str | None) -> int:
    return int(position.partition("-")[0]) if position else 0
