"""Background tasks: they end with their stack, whatever they do about a cancellation."""

import asyncio
from contextlib import AsyncExitStack

from structlog.testing import capture_logs
from turnstream.process.background import keep_running


async def test_a_job_runs_until_the_stack_is_left() -> None:
    """Leaving the stack waits until the job has cleaned up."""
    seen: list[str] = []

    async def job() -> None:
        seen.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned up")

    async with AsyncExitStack() as stack:
        keep_running(stack, job())
        await asyncio.sleep(0)
        assert seen == ["began"]
    assert seen == ["began", "cleaned up"]


async def test_a_job_that_swallows_a_cancellation_is_cancelled_again() -> None:
    """As a client's own timeout does that meets the cancellation."""
    cancellations = 0

    async def job() -> None:
        nonlocal cancellations
        while cancellations < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancellations += 1

    async with asyncio.timeout(5), AsyncExitStack() as stack:
        keep_running(stack, job(), cancel_again=0.01)
        await asyncio.sleep(0)
    assert cancellations == 3


async def test_a_job_that_needs_its_time_is_cancelled_once() -> None:
    """`cancel_again=None`: nothing interrupts the clean-up."""
    cancellations = 0

    async def job() -> None:
        nonlocal cancellations
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancellations += 1
            await asyncio.sleep(0.05)
            cancellations += 10
            raise

    async with AsyncExitStack() as stack:
        keep_running(stack, job(), cancel_again=None)
        await asyncio.sleep(0)
    assert cancellations == 11


async def test_a_job_that_fails_is_logged_by_name() -> None:
    """The service goes on, and anyone who reads its log is told which job ended, and of what."""

    async def sweep() -> None:
        raise RuntimeError("no more room")

    with capture_logs() as logs:
        async with AsyncExitStack() as stack:
            keep_running(stack, sweep())
            await asyncio.sleep(0.01)
    [line] = logs
    assert (line["event"], line["log_level"]) == ("background task failed", "error")
    assert line["task"].endswith("sweep")
    assert str(line["exc_info"]) == "no more room"
