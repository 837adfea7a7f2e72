"""One client that harms, and an ordinary user: the one must not feel the other."""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
from turnstream_devstack.stack import Stack

from tests.load.abuses import ABUSES, BEGINS
from tests.load.scenario import Scenario

LIMIT = 3.0
"""How many times longer than on an idle system anything may take."""
_WARM_UP = 2.0
"""Seconds that an abuser has to come into its stride, once it has begun."""

Probe = Callable[[aiohttp.ClientSession, str], Awaitable[None]]


class Compared(NamedTuple):
    """How long a thing took on an idle system and beside an abuser, in seconds."""

    abuse: str
    probe: str
    idle: float
    abused: float

    def within(self, floor: float = 0.0) -> bool:
        """True when it took no longer than it may, or no longer than `floor`."""
        return self.abused <= max(LIMIT * self.idle, floor)

    def __str__(self) -> str:
        ratio = self.abused / self.idle
        kept = "" if self.within() else f"   over {LIMIT:.0f} ×"
        times = f"idle {self.idle * 1000:7.1f} ms   abused {self.abused * 1000:7.1f} ms"
        return f"{self.abuse:<18}{self.probe:<13}{times}   {ratio:5.2f} ×{kept}"


async def first_event(session: aiohttp.ClientSession, gateway: str) -> None:
    """A message, until the first event of its answer."""
    content = [{"type": "input_text", "text": "hello"}]
    given = {"content": content, "attachments": [], "inference_options": {}}
    body = {"type": "threads.create", "params": {"input": given}}
    async with session.post(f"{gateway}/chatkit", json=body) as answer:
        answer.raise_for_status()
        await answer.content.readline()


async def upload(session: aiohttp.ClientSession, gateway: str) -> None:
    """A small text file."""
    form = aiohttp.FormData()
    form.add_field("file", b"hello", filename="a.txt", content_type="text/plain")
    async with session.post(f"{gateway}/attachments", data=form) as answer:
        answer.raise_for_status()


async def short_call(session: aiohttp.ClientSession, gateway: str) -> None:
    """A search for what a message may mention."""
    async with session.get(f"{gateway}/entities?q=a") as answer:
        answer.raise_for_status()


PROBES: Mapping[str, Sequence[Probe]] = {
    "uploads": (first_event, upload),
    "documents": (first_event, upload),
    "short_calls": (first_event, short_call),
}
"""What an ordinary user does beside some abusers. Beside the others they send a message."""


async def compare(gateway: str, kinds: Sequence[str], times: int) -> list[Compared]:
    """Measure each thing on the idle system, and beside each abuser that could harm it."""
    found, timeout = [], aiohttp.ClientTimeout(60)
    for kind in kinds:
        probes, user = PROBES.get(kind, (first_event,)), {"X-User-Id": f"ordinary-{kind}"}
        async with aiohttp.ClientSession(timeout=timeout, headers=user) as session:
            idle = [await _median(session, gateway, probe, times) for probe in probes]
            with _abuser(kind, gateway):
                await asyncio.sleep(_WARM_UP)
                abused = [await _median(session, gateway, probe, times) for probe in probes]
            for probe, before, beside in zip(probes, idle, abused, strict=True):
                found.append(Compared(kind, probe.__name__, before, beside))
    return found


async def _median(session: aiohttp.ClientSession, gateway: str, probe: Probe, times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.monotonic()
        await probe(session, gateway)
        taken.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    return statistics.median(taken)


@contextmanager
def _abuser(kind: str, gateway: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.load.abuses", kind, gateway]
    root, pipe = Path(__file__).parents[2], subprocess.PIPE
    process = subprocess.Popen(command, cwd=root, stdout=pipe, text=True)
    try:
        # A start takes seconds of CPU on a busy machine, which would count as harm.
        if process.stdout is None or process.stdout.readline().strip() != BEGINS:
            raise RuntimeError(f"The abuser {kind} does not begin.")
        yield
        if process.poll() is not None:
            raise RuntimeError(f"The abuser {kind} ended by itself.")
    finally:
        process.kill()
        process.wait()


_WITHOUT_RATES = {f"RATE_{kind}": "off" for kind in ("TURNS", "UPLOADS", "CALLS", "READS")}
"""A rate would end most of an abuser's requests early. What is promised here holds without them."""


def _run(options: argparse.Namespace) -> bool:
    env = {"DEMO_TOKEN_DELAY": "5ms", "OPENAI_API_KEY": "", **_WITHOUT_RATES}
    with (
        tempfile.TemporaryDirectory() as directory,
        Stack(Path(directory), workers=2, env={**os.environ, **env}) as stack,
    ):
        kinds = options.kinds or [*ABUSES]
        found = asyncio.run(compare(stack.gateway_urls[0], kinds, options.times))
    for each in found:
        print(each, flush=True)
    return all(each.within() for each in found)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kinds", nargs="*", choices=ABUSES, help="which abusers (all)")
    parser.add_argument("--times", type=int, default=15, help="probes for a median (%(default)s)")


ABUSERS = Scenario(
    "abusers",
    f"Beside a client that harms, an ordinary user waits at most {LIMIT:.0f} × as long.",
    _run,
    _add_options,
)
