"""What decides whether a service is sent work."""

import asyncio
from dataclasses import dataclass

from turnstream.http import readiness
from turnstream.http.readiness import Readiness


@dataclass
class Needed:
    """Something that works, or does not."""

    works: bool = True
    slow: bool = False

    async def check(self) -> bool:
        if self.slow:
            await asyncio.Event().wait()
        return self.works


@dataclass
class Life:
    started: bool = True
    draining: bool = False


async def test_what_is_needed_decides_each_time() -> None:
    """A service that can do nothing without it is sent nothing."""
    postgres = Needed()
    asked = Readiness({"postgres": postgres.check})
    assert await asked.look() == (True, {"postgres": True})
    postgres.works = False
    assert await asked.look() == (False, {"postgres": False})


async def test_what_is_wanted_decides_until_it_has_worked() -> None:
    """A deploy that never reaches it replaces nothing; an outage takes nobody out."""
    store = Needed(works=False)
    asked = Readiness({}, wanted={"store": store.check})
    assert await asked.look() == (False, {"store": False})
    store.works = True
    assert await asked.look() == (True, {"store": True})
    store.works = False
    assert await asked.look() == (True, {"store": False})


async def test_facts_are_told_and_never_decide() -> None:
    """An operator reads them."""
    asked = Readiness({}, facts={"row_security": lambda: False})
    assert await asked.look() == (True, {"row_security": False})


async def test_what_does_not_answer_does_not_work() -> None:
    """In less time than a probe waits, whose silence would be a no for the whole service."""
    asked = Readiness({}, wanted={"store": Needed(slow=True).check, "redis": Needed().check})
    began = asyncio.get_running_loop().time()
    assert await asked.look() == (False, {"store": False, "redis": True})
    assert asyncio.get_running_loop().time() - began < 10
    assert readiness.TIMEOUT < 1


async def test_who_starts_or_ends_is_not_ready() -> None:
    """Whatever works."""
    asked = Readiness({"postgres": Needed().check})
    asked.life = Life(started=False)
    assert (await asked.look(), asked.draining()) == ((False, {"started": False}), False)
    asked.life = Life(draining=True)
    assert (await asked.look(), asked.draining()) == ((False, {"draining": True}), True)
