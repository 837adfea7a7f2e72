"""The load generator: a process of its own, so that what it costs is known and disturbs little.

By itself, for a look with a profiler: `python -m bench.load http://127.0.0.1:8000 --clients 16`.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from urllib.parse import urlsplit

import uvloop

from bench.client import ClientOptions, Timing, asking, talk

BUSY = 0.3
"""Share of a core above which the load generator may itself be what was measured."""


@dataclass(frozen=True)
class Round:
    """Clients, each with so many turns, one after another."""

    ports: tuple[int, ...]
    text: str
    clients: int = 1
    turns: int = 1
    pause: float = 0.0
    """Seconds that each waits before its next."""
    threads: tuple[str, ...] = ()
    """Threads to go on in, one per client; without them every turn begins its own."""
    tokens: tuple[str, ...] = ()
    """The tokens by which each client is known; without them they say only who they are."""
    within: float = 0.0
    """Seconds over which the clients begin, evenly, instead of all at once."""
    pace: float | None = None
    """Seconds from word to word of the model, for clients that note how far text is behind."""


@dataclass(frozen=True)
class RoundResult:
    """What the clients of a round saw."""

    timings: list[Timing]
    seconds: float
    share: float
    """How much of one core the load generator itself used."""


class Load:
    """Runs rounds. Raises what a client raised: `TurnFailed`, `TimeoutError`, `OSError`."""

    def __init__(self, process: ProcessPoolExecutor) -> None:
        self._process = process

    def run(self, asked: Round) -> RoundResult:
        """One round, to its end."""
        return self._process.submit(_run, asked).result()


@contextmanager
def load_generator() -> Iterator[Load]:
    """A load generator for the block."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        yield Load(process)


def user(number: int) -> str:
    """The name of a round's client."""
    return f"user-{number}"


def _run(asked: Round) -> RoundResult:
    return uvloop.run(_clients(asked))


async def _clients(asked: Round) -> RoundResult:
    threads = asked.threads or (None,) * asked.clients
    tokens = asked.tokens or ("",) * asked.clients
    cpu, began = time.process_time(), time.perf_counter()
    talks = [
        talk(
            asked.ports[n % len(asked.ports)],
            asking(user(n), asked.text, thread, token),
            ClientOptions(asked.turns, asked.pause, asked.within * n / asked.clients, asked.pace),
        )
        for n, thread, token in zip(range(asked.clients), threads, tokens, strict=True)
    ]
    timings = [timing for one in await asyncio.gather(*talks) for timing in one]
    seconds = time.perf_counter() - began
    return RoundResult(timings, seconds, (time.process_time() - cpu) / seconds)


def main() -> int:
    """Run one round against a server that is there, and say how fast it was."""
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("url", help="of a gateway or a stock server on this machine")
    parser.add_argument("--text", default="count to 100", help="what is said (%(default)s)")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--turns", type=int, default=100, help="of each client (%(default)s)")
    asked = parser.parse_args()
    ports = (urlsplit(asked.url).port or 80,)
    heard = _run(Round(ports, asked.text, asked.clients, asked.turns))
    print(f"{len(heard.timings) / heard.seconds:.1f} turns/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
