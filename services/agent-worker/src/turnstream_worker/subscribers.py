"""The messages a worker takes: jobs, short calls, cancellations, replies of the tools service.

A handler starts a task and returns: FastStream cancels its handlers when a subscriber stops, as it
does when Redis loses a consumer group.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from faststream.redis import RedisBroker, RedisStreamMessage
from turnstream.contracts.jobs import CallServer, CancelTurn, RunTurn
from turnstream.contracts.tools import ToolCallFinished, ToolEventEmitted
from turnstream.redis import topology
from turnstream.redis.broker import MANUAL, channel, current_message, entry_age, inbox, queue
from turnstream.redis.client import RedisError

from turnstream_worker.attempt import Interruption
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.short_calls.short_call_tasks import ShortCallTasks
from turnstream_worker.tools.toolbox import Toolbox
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner
from turnstream_worker.turns.slots import Slots

GROUPS = [(topology.JOBS, topology.WORKERS), (topology.SERVER_CALLS, topology.WORKERS)]


def subscribe_turns(
    broker: RedisBroker, worker: str, slots: Slots, runner: TurnRunner, leases: LeaseKeeper
) -> None:
    """Subscribe to jobs, and to cancellations, whose fast path this is."""

    @broker.subscriber(stream=queue(topology.JOBS, topology.WORKERS, worker), ack_policy=MANUAL)
    async def run_turn(job: RunTurn) -> None:
        """Run a turn. Reads no further job until a slot is free."""
        slots.start(_run(runner, job, current_message(broker)))
        await slots.wait_for_free()

    @broker.subscriber(channel=channel(topology.TURN_CONTROL))
    async def cancel_turn(command: CancelTurn) -> None:
        """Stop a turn, if it runs here."""
        attempt = leases.find(command.turn_id)
        if attempt is not None:
            attempt.interrupt(Interruption(command.reason.value))


async def _run(runner: TurnRunner, job: RunTurn, message: RedisStreamMessage) -> None:
    """Claim and run the turn at once; delete its job meanwhile."""
    deleting = asyncio.create_task(_delete(message))
    await runner.run(job)
    await deleting


async def _delete(message: RedisStreamMessage) -> None:
    with suppress(RedisError, OSError):  # a stranded entry is dropped by the stream's own limit
        await message.delete()


def subscribe_calls(
    broker: RedisBroker, worker: str, short_call_tasks: ShortCallTasks, calls: ServerCalls
) -> None:
    """Subscribe to short calls to the assistant."""
    stream = queue(topology.SERVER_CALLS, topology.WORKERS, worker)

    @broker.subscriber(stream=stream, ack_policy=MANUAL)
    async def call_server(call: CallServer) -> None:
        """Answer a short call."""
        message = current_message(broker)
        age = await entry_age(broker, message)
        await message.delete()
        short_call_tasks.start(_answer(broker, calls, call, age))


async def _answer(
    broker: RedisBroker, calls: ServerCalls, call: CallServer, age: timedelta
) -> None:
    answered = await calls.answer(call, age)
    if answered is not None:
        await broker.publish(answered, channel=call.reply_to)


def subscribe_replies(broker: RedisBroker, replies: str, tools: Toolbox) -> None:
    """Subscribe to what the tools services answer."""

    @broker.subscriber(stream=inbox(replies))
    async def on_tool_reply(reply: ToolEventEmitted | ToolCallFinished) -> None:
        """Pass a reply to the call that waits for it, and let Redis forget what was read."""
        tools.deliver(reply)
        if tools.has_read_enough(reply):
            await tools.forget_read(current_message(broker).raw_message["message_ids"][0])
