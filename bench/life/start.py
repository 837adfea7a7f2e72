"""Start: how soon a worker takes its first turn, and how soon all of it can serve one."""

import asyncio
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import orjson
import psutil
from turnstream_devstack.processes import signals
from turnstream_devstack.processes.waiting import wait_until
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from bench.life.running import up
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import ASSISTANT, demo_model

STARTS, FEW_STARTS = 7, 2
_TIMEOUT = timedelta(minutes=2)
_ASKED = {
    "type": "threads.create",
    "params": {
        "input": {
            "content": [{"type": "input_text", "text": "hello"}],
            "attachments": [],
            "inference_options": {},
        }
    },
}


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """Medians of some starts, the wall's clock and processor time."""
    times = FEW_STARTS if plan.quick else STARTS
    with tempfile.TemporaryDirectory() as directory:
        worker = _worker(Path(directory) / "worker", times, tell)
        return [worker, _all_of_it(Path(directory), times, plan.workers, tell)]


def _worker(data_dir: Path, times: int, tell: Tell) -> Section:
    """Measure a worker that is started while a turn waits for one."""
    claims, cpus = [], []
    env = {**demo_model(pace_ms=0), "ASSISTANT": ASSISTANT, "ON_DISCONNECT": "continue"}
    with Stack(data_dir, workers=0, env=env, durable=True) as stack:
        for number in range(times):
            tell(f"start: worker {number + 1} of {times}")
            turn, began = _accept(stack), time.time()
            with _started(stack) as worker:
                cpus.append(_cpu(worker.pid))
                claims.append(_claimed(stack, turn) - began)
    rows = [
        Row("process to first claim, s", statistics.median(claims), aim=at_most(2)),
        Row("processor time until ready, s", statistics.median(cpus)),
    ]
    details = {"claims": claims, "cpu": cpus}
    return Section(f"cold start of a worker, median of {times}", ("", "ours"), rows, [], details)


def _all_of_it(directory: Path, times: int, workers: int, tell: Tell) -> Section:
    """Measure `turnstream up`, in a new data directory and again in one that was used."""
    seconds: dict[str, list[float]] = {"with new data": [], "again": []}
    cpus: list[float] = []
    for number in range(times):
        tell(f"start: all of it, {number + 1} of {times}")
        for name, found in seconds.items():
            with up(directory / f"up-{number}", workers) as running:
                found.append(running.seconds)
                if name == "again":
                    cpus.append(sum(running.cpu().values()))
    rows = [
        Row(f"{name}: to ready, s", statistics.median(found), aim=at_most(5))
        for name, found in seconds.items()
    ]
    rows.append(Row("again: processor time until ready, s", statistics.median(cpus)))
    title = f"turnstream up, {workers} workers, median of {times}"
    return Section(title, ("", "ours"), rows, [], {"seconds": seconds, "cpu": cpus})


def _accept(stack: Stack) -> str:
    """A turn that is accepted and waits for a worker. Its client goes away."""
    request = urllib.request.Request(
        f"{stack.gateway_urls[0]}/chatkit",
        data=orjson.dumps(_ASKED),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers["Turn-Id"])


@contextmanager
def _started(stack: Stack) -> Iterator[Service]:
    worker = stack.add_worker()
    try:
        yield worker
    finally:
        stack.remove(worker, timedelta(seconds=10))
        wait_until(lambda: not worker.alive, _TIMEOUT)


def _cpu(pid: int) -> float:
    used = 0.0
    for process in signals.family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
    return used


def _claimed(stack: Stack, turn: str) -> float:
    """When the first attempt began, by this machine's clock."""

    async def began() -> str | None:
        connection = await asyncpg.connect(stack.database_url.replace("+asyncpg", "", 1))
        try:
            found = await connection.fetchval(
                "SELECT attempts->0->>'began_at' FROM turns WHERE id = $1", turn
            )
        finally:
            await connection.close()
        return None if found is None else str(found)

    assert wait_until(lambda: asyncio.run(began()), _TIMEOUT, every=timedelta(milliseconds=200))
    return datetime.fromisoformat(str(asyncio.run(began()))).timestamp()
