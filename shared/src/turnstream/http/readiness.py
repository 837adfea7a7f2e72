"""Whether a service can do its work, for load balancers and orchestrators.

A dependency of all replicas must not make all of them unready: while Postgres is away, a gateway
can still answer 503, and a balancer without a backend can't. So there are three kinds of checks.
docs/guides/life-cycle.md says which service has which, and why.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from turnstream.metrics import READY

Check = Callable[[], Awaitable[bool]]
"""Tells whether one thing that the service needs works. It must not raise."""

TIMEOUT = 0.8
"""Seconds that a check may take to answer: less than the second that a probe of Kubernetes waits,
who takes silence for a no."""


class Lifecycle(Protocol):
    """Where a process is in its life. A server is one."""

    started: bool
    draining: bool


class _AlwaysReady:
    started, draining = True, False


class Readiness:
    """Asks whether what a service needs works.

    `needed`: the service is ready only while they do. `wanted`: each must have worked once, so that
    a deploy whose settings lead nowhere replaces nothing; from then on they are only told of.
    `facts` never decide.
    """

    life: Lifecycle = _AlwaysReady()

    def __init__(
        self,
        needed: Mapping[str, Check],
        *,
        wanted: Mapping[str, Check] | None = None,
        facts: Mapping[str, Callable[[], bool]] | None = None,
    ) -> None:
        self._needed = needed
        self._wanted = wanted or {}
        self._facts = facts or {}
        self._never_worked = set(self._wanted)

    def draining(self) -> bool:
        """True once the process was told to end."""
        return self.life.draining

    async def look(self) -> tuple[bool, Mapping[str, bool]]:
        """Whether the service is ready, and what works."""
        if self.draining():
            return False, {"draining": True}
        if not self.life.started:
            return False, {"started": False}
        works = await _answers({**self._needed, **self._wanted})
        for name, answers in works.items():
            READY.labels(name).set(answers)
        self._never_worked -= {name for name, answers in works.items() if answers}
        ready = all(works[name] for name in self._needed) and not self._never_worked
        return ready, {**works, **{name: tell() for name, tell in self._facts.items()}}


async def _answers(checks: Mapping[str, Check]) -> dict[str, bool]:
    """What each check says, all at once; one that says nothing in time says no."""
    answers = await asyncio.gather(*_in_time(checks.values()))
    return dict(zip(checks, answers, strict=True))


def _in_time(checks: Iterable[Check]) -> Iterable[Awaitable[bool]]:
    async def answer(check: Check) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await check()
        except TimeoutError:
            return False

    return map(answer, checks)
