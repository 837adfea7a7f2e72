"""A question that is on its way: asked at once, in the asker's own task, and awaited later."""

import asyncio

import pytest
from turnstream.meanwhile import Asked


async def test_it_is_asked_before_it_is_awaited() -> None:
    """What the question does before it waits is done when `Asked` returns; the rest comes later."""
    done, answer = [], asyncio.get_running_loop().create_future()

    async def question() -> str:
        done.append("asked")
        said: str = await answer
        done.append("heard")
        return said

    asked = Asked(question())
    assert done == ["asked"]
    answer.set_result("yes")
    assert await asked == "yes"
    assert done == ["asked", "heard"]


async def test_it_may_wait_more_than_once() -> None:
    """A question that waits for one thing after another is answered when all have come."""

    async def question() -> int:
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        return 3

    assert await Asked(question()) == 3


async def test_an_answer_that_is_there_at_once() -> None:
    """A question that never waits has its answer kept for whoever awaits it."""

    async def question() -> str:
        return "known"

    assert await Asked(question()) == "known"


async def test_a_failure_before_it_waits_is_raised_at_once() -> None:
    """What could not even be asked is not found out later."""

    async def question() -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        Asked(question())


async def test_a_failure_of_what_it_waits_for_is_raised_where_it_is_awaited() -> None:
    """A question that fails fails for whoever awaits it, and can clean up before."""
    cleaned, answer = [], asyncio.get_running_loop().create_future()

    async def question() -> None:
        try:
            await answer
        finally:
            cleaned.append(True)

    asked = Asked(question())
    answer.set_exception(TimeoutError())
    with pytest.raises(TimeoutError):
        await asked
    assert cleaned


async def test_a_cancelled_asker_cancels_the_question() -> None:
    """The question is part of its asker's task: it hears a cancellation where it waits."""
    heard = []

    async def question() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def ask() -> None:
        await Asked(question())

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)  # the task runs to where it waits
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == ["cancelled"]


async def test_a_time_limit_of_the_question_holds() -> None:
    """A limit that begins before the question waits ends that wait, and nothing else."""

    async def question() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.get_running_loop().create_future()
        except TimeoutError:
            return "too late"
        return "in time"

    assert await Asked(question()) == "too late"


async def test_who_forgets_it_closes_it() -> None:
    """A question that nobody awaits is ended when it is forgotten, as any generator is: what it
    holds is given back.
    """
    ended = []

    async def question() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    asked = Asked(question())
    del asked
    assert ended
