"""Waiting with a deadline."""

import asyncio
import socket

import pytest

from tests.support.waiting import NeverHappened, free_port, wait_until, wait_until_async


def test_the_first_truthy_value_is_returned() -> None:
    """Waiting hands back what the condition found."""
    values = iter([0, None, "found"])
    assert wait_until(lambda: next(values)) == "found"


def test_a_condition_that_never_holds_fails_with_its_message() -> None:
    """The failure names what was waited for and what was seen last."""
    with pytest.raises(NeverHappened, match=r"a worker: not within 0.02 s \(last seen: 0\)"):
        wait_until(lambda: 0, timeout=0.02, message="a worker")


async def test_a_coroutine_can_be_the_condition() -> None:
    """The asynchronous variant awaits conditions that need it."""
    values = iter([False, True])

    async def condition() -> bool:
        return next(values)

    assert await wait_until_async(condition) is True


async def test_a_condition_that_hangs_is_cut_off() -> None:
    """A condition that never answers counts as not having happened."""

    async def condition() -> bool:
        return await asyncio.Event().wait()

    with pytest.raises(NeverHappened):
        await wait_until_async(condition, timeout=0.02)


def test_a_free_port_can_be_listened_on() -> None:
    """The port is nobody's, so a listener can take it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
