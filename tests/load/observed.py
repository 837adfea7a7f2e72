"""A real Prometheus beside a system under load: does every panel of every dashboard have data?"""

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp
from turnstream_devstack.stack import Stack

from tests.load.dashboards import report
from tests.load.pictured import SLOTS, steady_rush_kill
from tests.load.pictures import draw
from tests.load.scenario import Scenario
from tests.load.viewers import watch_turns
from tests.support.mcp.units import UNITS_BESIDE_A_WORKER
from tests.support.watching.prometheus import is_here, running_prometheus

RULES = Path(__file__).parents[2] / "deploy/prometheus/rules.yml"
JOBS = {"gateway": "gateway", "agent-worker": "worker", "tools": "tools", "store": "store"}
"""What rules.yml calls the services."""
UNSEEN = frozenset(
    {
        ("model-and-tools", "Abandoned"),
        ("model-and-tools", "Outcomes"),
        ("overview", "Why turns fail"),
        ("turn", "Dead letters"),
    }
)
"""Panels of what does not happen here: no turn and no tool fails for good."""
_ENV = {
    "DEMO_TOKEN_DELAY": "30ms",
    "OPENAI_API_KEY": "",
    "WEATHER": "sample",
    "LEASE": "3s",
    "MCP_SERVERS": UNITS_BESIDE_A_WORKER,
}
_UNTIL_RUNNING = 6
"""Seconds."""
_SCRAPE = 5
"""Seconds between two scrapes."""


def _scraping(stack: Stack) -> dict[str, object]:
    """The configuration of a Prometheus that reads all services of a system, with our rules."""
    jobs: dict[str, list[str]] = {}
    for name, service in stack.services.items():
        job = f"turnstream-{JOBS[name.rpartition('-')[0]]}"
        jobs.setdefault(job, []).append(service.url.removeprefix("http://"))
    scraped = [{"job_name": job, "static_configs": [{"targets": at}]} for job, at in jobs.items()]
    times = {"scrape_interval": f"{_SCRAPE}s", "evaluation_interval": f"{_SCRAPE}s"}
    return {"global": times, "rule_files": [str(RULES)], "scrape_configs": scraped}


async def _say(gateway: str, text: str, headers: Mapping[str, str]) -> str:
    """Send a message, read what can be read of its answer, and give the turn's id."""
    content = [{"type": "input_text", "text": text}]
    user_input = {"content": content, "attachments": [], "inference_options": {}}
    body = {"type": "threads.create", "params": {"input": user_input}}
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
        session.post(f"{gateway}/chatkit", json=body) as answer,
    ):
        turn = answer.headers.get("Turn-Id", "")
        with suppress(aiohttp.ClientError, TimeoutError):
            await answer.read()
        return turn


async def _come_back(gateway: str, turn: str, position: str, headers: Mapping[str, str]) -> None:
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{gateway}/turns/{turn}/events?after={position}") as answer,
    ):
        await answer.read()


async def _everything(gateway: str) -> None:
    """What the panels tell of: turns, tools, a Stop, a resume, a restart, and a refusal."""
    ann = {"X-User-Id": "ann", "Turnstream-Client": "resumable"}
    asked = ("What is the weather in Oslo?", "count to 20", "Run the long-running tool")
    turns = await asyncio.gather(*(_say(gateway, text, ann) for text in asked))
    for position in ("0-1", "9-9"):
        await _come_back(gateway, turns[1], position, ann)
    long = asyncio.create_task(_say(gateway, "count to 900", ann))
    await asyncio.sleep(2)
    async with aiohttp.ClientSession(headers=ann) as session:
        await session.post(f"{gateway}/chatkit", json={"type": "nonsense"})
        newest = {"type": "threads.list", "params": {"limit": 1, "order": "desc"}}
        async with session.post(f"{gateway}/chatkit", json=newest) as answer:
            thread = (await answer.json())["data"][0]["id"]
        async with session.get(f"{gateway}/threads/{thread}/turn") as answer:
            running = (await answer.json()).get("turn_id")
        await session.post(f"{gateway}/turns/{running}/cancel")
    await long


async def _death(stack: Stack, gateway: str) -> None:
    """A turn whose workers die under it."""
    turn = asyncio.create_task(_say(gateway, "count to 400", {"X-User-Id": "bob"}))
    await asyncio.sleep(_UNTIL_RUNNING)
    for name, service in stack.services.items():
        if name.startswith("agent-worker"):
            os.kill(service.pid, signal.SIGKILL)
    await turn


def _run(options: argparse.Namespace) -> bool:
    if not is_here():
        print("left out: there is no Prometheus here (`apt-get install prometheus`)")
        return True
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        own = _ENV | {"SLOTS": str(SLOTS), "LEASE": "15s"} if options.pictures else _ENV
        print("starting a system, and a Prometheus beside it …", flush=True)
        with (
            Stack(folder / "system", workers=2, env={**os.environ, **own}) as stack,
            running_prometheus(_scraping(stack), folder) as address,
        ):
            if options.pictures:
                return _pictures(stack, address, options.pictures)
            asyncio.run(_load(stack, stack.gateway_urls[0], options.turns))
            time.sleep(3 * _SCRAPE)
            return report(address, UNSEEN)


def _pictures(stack: Stack, address: str, folder: Path) -> bool:
    """Load the system so that there is something to see, and draw the dashboards."""
    gateway, began = stack.gateway_urls[0], time.time()

    async def say(user: str, text: str) -> None:
        await _say(gateway, text, {"X-User-Id": user})

    marks = asyncio.run(steady_rush_kill(stack, say, lambda: _everything(gateway)))
    for path in draw(address, time.time() - began, folder, marks):
        print(path)
    return report(address, UNSEEN)


async def _load(stack: Stack, gateway: str, turns: int) -> None:
    await _death(stack, gateway)
    for _ in range(2):  # what happened once is no rate
        await watch_turns(gateway, turns, 40)
        await _everything(gateway)
        await asyncio.sleep(_SCRAPE)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=20, help="turns at once (%(default)s)")
    parser.add_argument(
        "--pictures", type=Path, help="draw the dashboards into this folder, after four minutes"
    )


OBSERVED = Scenario(
    "observed", "Every panel of every dashboard has data in a real Prometheus.", _run, _add_options
)
