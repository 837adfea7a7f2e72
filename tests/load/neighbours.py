"""A tenant with a long line, and another with one message now and then: who waits for whom.

Answers come at the pace of a real model, and the assistant is a small one: what is short are slots,
and not the processors, of which no queue makes more.
"""

import argparse
import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
from turnstream_devstack.stack import Stack

from tests.load.scenario import Scenario
from tests.load.viewers import Watched, watch_turn
from tests.support.waiting import wait_until_async

SECRET = "what-the-proxy-of-this-load-shows-and-nobody-else"
FIRST_EVENT, FIRST_TEXT = 2.0, 3.0
"""How many times as long as in an idle system the other tenant's may take."""
USERS = 20
"""Of the tenant with the long line."""
WORDS = 20
"""Of an answer, which takes a second."""
RETURNS = 30
"""How often one of A's messages comes back that was refused for overload."""
MESSAGES = 15
"""Of the other tenant, one after another: their median counts."""


@dataclass
class Measured:
    """What one user saw, in seconds."""

    first_event: float
    first_text: float
    failed: list[str]

    @classmethod
    def of(cls, watched: list[Watched]) -> "Measured":
        """The medians."""
        good = [each for each in watched if not each.error]
        return cls(
            median([each.opened for each in good] or [float("inf")]),
            median([each.first_delta for each in good] or [float("inf")]),
            [each.error for each in watched if each.error],
        )


def _run(options: argparse.Namespace) -> bool:
    env = {
        "AUTH": "proxy",
        "PROXY_SECRET": SECRET,
        "ASSISTANT": "turnstream_worker.assistants.example:create",
        "DEMO_TOKEN_DELAY": "50ms",
        "SLOTS": str(options.slots),
        "OPENAI_API_KEY": "",
    }
    with tempfile.TemporaryDirectory() as directory:
        print(f"starting a system: 1 gateway, 1 worker of {options.slots} slots …", flush=True)
        with Stack(Path(directory), workers=1, env={**os.environ, **env}) as stack:
            return asyncio.run(_measure(stack.gateway_urls[0], options.line))


async def _measure(gateway: str, line: int) -> bool:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=60)
    # A gateway ends idle connections, some at the moment in which one of thousands is used again.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await _one_by_one(session, gateway, 3)  # what is done once for a process is done
        idle = Measured.of(await _one_by_one(session, gateway, MESSAGES))
        print(f"tenant A queues {line} turns …", flush=True)
        began, of_a = time.monotonic(), [Watched() for _ in range(line)]
        tasks = [
            asyncio.create_task(_come_until_taken(session, gateway, f"user-{number % USERS}", each))
            for number, each in enumerate(of_a)
        ]
        await wait_until_async(lambda: all(each.opened for each in of_a), timeout=300)
        crowded = Measured.of(await _one_by_one(session, gateway, MESSAGES))
        left = sum(not task.done() for task in tasks)
        returned = sum(await asyncio.gather(*tasks))
    failed = [each.error for each in of_a if each.error]
    failed_of_b = idle.failed + crowded.failed
    print(f"{'tenant B':<20}{'idle':>10}{'beside A':>12}{'times':>8}{'at most':>9}")
    kept = _row("first event", idle.first_event, crowded.first_event, FIRST_EVENT)
    kept &= _row("first text", idle.first_text, crowded.first_text, FIRST_TEXT)
    print(f"of B's messages {len(failed_of_b)} failed; when B was done, {left} of A's")
    print(f"turns were still under way; {line - len(failed)} of {line} ended well", end=" ")
    print(f"after {time.monotonic() - began:.0f} s; {returned} came back", end=" ")
    print("as a refusal for overload had told them", flush=True)
    for error in sorted({*failed, *failed_of_b})[:5]:
        print(f"  failed {[*failed, *failed_of_b].count(error)} times: {error}")
    return kept and left > 0 and not failed and not failed_of_b


async def _come_until_taken(
    session: aiohttp.ClientSession, gateway: str, user: str, watched: Watched
) -> int:
    """Send a message of A's, again when its refusal says so; how often it came back."""
    for number in range(RETURNS):
        await watch_turn(session, gateway, _named("a", user), WORDS, watched)
        if watched.retry_after is None:
            return number
        await asyncio.sleep(watched.retry_after)
        watched.error, watched.retry_after = "", None
    watched.error = f"refused {RETURNS} times"
    return RETURNS


async def _one_by_one(session: aiohttp.ClientSession, gateway: str, count: int) -> list[Watched]:
    watched = [Watched() for _ in range(count)]
    for each in watched:
        await watch_turn(session, gateway, _named("b", "ben"), WORDS, each)
    return watched


def _named(tenant: str, user: str) -> dict[str, str]:
    return {"X-Proxy-Secret": SECRET, "X-User-Id": user, "X-Tenant-Id": tenant}


def _row(name: str, idle: float, crowded: float, limit: float) -> bool:
    times = crowded / idle
    print(f"{name:<20}{idle:>8.3f} s{crowded:>10.3f} s{times:>8.1f}{limit:>9.1f}")
    return times <= limit


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--line", type=int, default=2000, help="turns of A (%(default)s)")
    parser.add_argument("--slots", type=int, default=16, help="turns at a time (%(default)s)")


NEIGHBOURS = Scenario(
    "neighbours",
    "A tenant with 2,000 turns in line delays another's messages by next to nothing.",
    _run,
    _add_options,
)
