"""A subscription passes on every message until it is lost, and says that it is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import uvloop
from redis.asyncio import Redis
from turnstream.redis.client import RedisError, command_client, listening_client
from turnstream_devstack.servers import EmbeddedValkey, ephemeral
from turnstream_gateway.relay.following.subscription import Subscription, SubscriptionLost

from tests.support.waiting import wait_until_async

TIMEOUT = 30.0
"""Seconds: no test waits for it."""


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """A server of our own, whose clients may be cut off."""
    with ephemeral(EmbeddedValkey) as server:
        yield server


class Recorder:
    """A subscription, and every message that came."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, bytes, object]] = []
        self.subscription: Subscription

    def record(self, kind: bytes, channel: bytes, data: bytes) -> None:
        self.received.append((kind, channel, data))

    def messages(self) -> list[bytes]:
        return [cast(bytes, data) for kind, _, data in self.received if kind == b"message"]


@asynccontextmanager
async def listening(url: str, channel: bytes) -> AsyncIterator[tuple[Recorder, Redis]]:
    """A recorder whose subscription to a channel was confirmed, and a client that publishes."""
    recorder, client, speaker = Recorder(), listening_client(url), command_client(url)
    recorder.subscription = await Subscription.open(client, recorder.record)
    try:
        recorder.subscription.subscribe(channel)
        await wait_until_async(lambda: (b"subscribe", channel, 1) in recorder.received)
        yield recorder, speaker
    finally:
        await recorder.subscription.aclose()
        await client.aclose()
        await speaker.aclose()


async def test_every_message_comes_in_order(valkey: EmbeddedValkey) -> None:
    """Also what fills many reads of the socket, and what is not text."""
    said = [b"%d\r\n\x00\xff" % number + b"x" * 5000 for number in range(500)]
    async with listening(valkey.url, b"news") as (recorder, speaker):
        for message in said:
            await speaker.publish("news", message)
        await wait_until_async(lambda: len(recorder.messages()) == len(said))
        assert recorder.messages() == said


async def test_nothing_comes_from_a_channel_that_was_left(valkey: EmbeddedValkey) -> None:
    """Once Redis has confirmed that it left."""
    async with listening(valkey.url, b"left") as (recorder, speaker):
        recorder.subscription.unsubscribe(b"left")
        await wait_until_async(lambda: (b"unsubscribe", b"left", 0) in recorder.received)
        assert await speaker.publish("left", b"unheard") == 0


async def test_a_channel_that_was_left_can_be_asked_for_again(valkey: EmbeddedValkey) -> None:
    """Leaving is less urgent, but commands keep their order."""
    async with listening(valkey.url, b"again") as (recorder, speaker):
        recorder.subscription.unsubscribe(b"again")
        recorder.subscription.subscribe(b"again")
        await wait_until_async(lambda: recorder.received.count((b"subscribe", b"again", 1)) == 2)
        await speaker.publish("again", b"heard")
        await wait_until_async(lambda: recorder.messages() == [b"heard"])


def test_commands_may_come_at_any_moment_on_the_event_loop_of_production(
    valkey: EmbeddedValkey,
) -> None:
    """uvloop makes no timer of what is due at once, and its clock may move between two readings."""

    async def busy() -> None:
        async with listening(valkey.url, b"first") as (recorder, _):
            for number in range(20_000):
                recorder.subscription.unsubscribe(b"none")
                recorder.subscription.subscribe(b"one")
                recorder.subscription.subscribe(b"two")
                if number % 20 == 0:
                    await asyncio.sleep(0)
            recorder.subscription.subscribe(b"last")
            await wait_until_async(
                lambda: any(channel == b"last" for _, channel, _ in recorder.received)
            )

    uvloop.run(busy())


def test_what_was_asked_of_a_connection_that_is_lost_meanwhile_is_forgotten(
    valkey: EmbeddedValkey,
) -> None:
    """Commands gather, and a connection may be gone when their time has come."""
    failures: list[object] = []

    async def leave_and_hang_up() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failures.append(context))
        async with listening(valkey.url, b"gone") as (recorder, _):
            recorder.subscription.unsubscribe(b"gone")
        over = asyncio.Event()
        loop.call_later(0.2, over.set)
        await over.wait()

    uvloop.run(leave_and_hang_up())
    assert failures == []


async def test_a_lost_connection_ends_the_listening(valkey: EmbeddedValkey) -> None:
    """At once, and it is not made again behind our back."""
    async with listening(valkey.url, b"cut") as (recorder, speaker):
        waiting = asyncio.create_task(recorder.subscription.listen(TIMEOUT))
        await speaker.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
        with pytest.raises(SubscriptionLost):
            await waiting
        assert await speaker.publish("cut", b"unheard") == 0


async def test_a_server_that_falls_silent_counts_as_lost(valkey: EmbeddedValkey) -> None:
    """A connection can stand for hours with nobody at its other end."""
    async with listening(valkey.url, b"silent") as (recorder, speaker):
        await speaker.execute_command("CLIENT", "PAUSE", 2000)  # type: ignore[no-untyped-call]
        with pytest.raises(SubscriptionLost, match="silent"):
            await recorder.subscription.listen(0.2)


async def test_a_live_server_is_listened_to_on(valkey: EmbeddedValkey) -> None:
    """Silence on the channels is none: Redis answers when it is asked."""
    async with listening(valkey.url, b"quiet") as (recorder, speaker):
        waiting = asyncio.create_task(recorder.subscription.listen(1.0))
        await asyncio.wait({waiting}, timeout=3.0)
        assert not waiting.done()
        await speaker.publish("quiet", b"still here")
        await wait_until_async(lambda: recorder.messages() == [b"still here"])
        waiting.cancel()


async def test_a_server_that_is_away_is_named(valkey: EmbeddedValkey) -> None:
    """As redis-py names it."""
    with pytest.raises((RedisError, OSError)):
        await Subscription.open(listening_client("redis://127.0.0.1:1"), Recorder().record)
