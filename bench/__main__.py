"""`python -m bench`: what Turnstream adds to a turn, beside the same turn in one process.

The same example server, the same model that answers at once: first behind the stock library in
memory, then behind a gateway, a worker, Redis and Postgres. What differs is what durability costs.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from devstack.stack import Stack
from redis import Redis
from turnstream import topology

from tests.load.viewers import Watched, watch_turns

ASSISTANT = "agent_worker.assistants.example:create"
WARM_UP = 5
"""Turns that are not counted: the first ones open connections and import modules."""


def main() -> int:
    """Measure and print."""
    options = _options()
    env = {**os.environ, "ASSISTANT": ASSISTANT, "OPENAI_API_KEY": "", "DEMO_TOKEN_DELAY": "0s"}
    print(f"{options.turns} turns one after another, {options.words} words each", flush=True)
    stock = asyncio.run(_stock(options.turns, options.words))
    with (
        tempfile.TemporaryDirectory() as directory,
        Stack(Path(directory), workers=1, env=env) as stack,
    ):
        ours = asyncio.run(_one_by_one(stack.gateway_urls[0], options.turns, options.words))
        crowd = asyncio.run(watch_turns(stack.gateway_urls[0], options.crowd, options.words))
        entries = _entries(stack.redis_url)
    _row("stock, in process: whole turn", stock)
    _row("Turnstream: accepted", [turn.opened for turn in ours])
    _row("Turnstream: first text", [turn.first_delta for turn in ours])
    _row("Turnstream: whole turn", [turn.ended for turn in ours])
    _row(f"{options.crowd} at once: first text", [turn.first_delta for turn in crowd])
    _row(f"{options.crowd} at once: whole turn", [turn.ended for turn in crowd])
    added = statistics.median(turn.ended for turn in ours) - statistics.median(stock)
    print(f"added to a turn (medians)          {added * 1000:8.1f} ms")
    print(f"log entries per turn (median)      {statistics.median(entries):8.0f}")
    return 0 if not any(turn.error for turn in [*ours, *crowd]) else 1


async def _one_by_one(gateway: str, turns: int, words: int) -> list[Watched]:
    watched = []
    for _ in range(WARM_UP + turns):
        watched += await watch_turns(gateway, 1, words)
    return watched[WARM_UP:]


async def _stock(turns: int, words: int) -> list[float]:
    """The same server behind the stock library, in this process, with a store in memory."""
    os.environ.update(OPENAI_AGENTS_DISABLE_TRACING="1", DEMO_TOKEN_DELAY="0s", OPENAI_API_KEY="")
    from agent_worker.assistants.example import create
    from agent_worker.models import default_provider, use_as_default

    from tests.support.stock import StockBackend

    use_as_default(default_provider())
    backend = StockBackend(create)
    content = [{"type": "input_text", "text": f"count to {words}"}]
    user_input = {"content": content, "attachments": [], "inference_options": {}}
    seconds = []
    for _ in range(WARM_UP + turns):
        began = time.monotonic()
        await backend.post({"type": "threads.create", "params": {"input": user_input}})
        seconds.append(time.monotonic() - began)
    return seconds[WARM_UP:]


def _entries(redis_url: str) -> list[int]:
    """How many entries each turn's log has."""
    with Redis.from_url(redis_url) as redis:
        pattern = topology.log_key("*").replace("{", "\\{").replace("}", "\\}")
        return [int(redis.xlen(key)) for key in redis.scan_iter(match=pattern, count=1000)]


def _row(name: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    last = len(ordered) - 1
    places = {percent: min(last, len(ordered) * percent // 100) for percent in (50, 95, 99)}
    cells = "".join(f"   p{p} {ordered[place] * 1000:8.1f} ms" for p, place in places.items())
    print(f"{name:<32}{cells}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--turns", type=int, default=100, help="turns counted (%(default)s)")
    parser.add_argument("--crowd", type=int, default=50, help="turns at once (%(default)s)")
    parser.add_argument("--words", type=int, default=50, help="words of an answer (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
