"""Doors of the worker: jobs, short calls, control, and replies of the tools service.

A handler only hands over: the work runs in tasks of our own, because FastStream cancels its
handlers when a subscriber stops, as it does when Redis loses a consumer group.
"""

from contextlib import suppress

from faststream.redis import RedisBroker, RedisStreamMessage
from turnstream.contracts.jobs import CallServer, CancelTurn, RunTurn
from turnstream.contracts.tools import ToolCallFinished, ToolEventEmitted
from turnstream.redis import topology
from turnstream.redis.broker import MANUAL, current_message, entry_age, inbox, queue
from turnstream.redis.client import RedisError

from turnstream_worker.attempt import Interruption
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.tools.remote import Toolbox
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner
from turnstream_worker.turns.slots import Slots

GROUPS = [(topology.JOBS, topology.WORKERS), (topology.SERVER_CALLS, topology.WORKERS)]


def subscribe_turns(
    broker: RedisBroker, worker: str, slots: Slots, runner: TurnRunner, leases: LeaseKeeper
) -> None:
    """Declare the doors of turns: jobs, and the fast path of a cancellation."""

    @broker.subscriber(stream=queue(topology.JOBS, topology.WORKERS, worker), ack_policy=MANUAL)
    async def run_turn(job: RunTurn) -> None:
        """Run a turn. Reads no further job until a slot is free."""
        slots.start(runner.run(job.turn_id))
        slots.spawn(_delete(current_message(broker)))
        await slots.wait_for_free()

    @broker.subscriber(channel=topology.TURN_CONTROL)
    async def cancel_turn(command: CancelTurn) -> None:
        """Stop a turn, if it runs here."""
        attempt = leases.find(command.turn_id)
        if attempt is not None:
            attempt.interrupt(Interruption(command.reason.value))


async def _delete(message: RedisStreamMessage) -> None:
    with suppress(RedisError, OSError):  # a stranded entry is dropped by the stream's own limit
        await message.delete()


def subscribe_calls(broker: RedisBroker, worker: str, slots: Slots, calls: ServerCalls) -> None:
    """Declare the door of short calls to the assistant."""
    stream = queue(topology.SERVER_CALLS, topology.WORKERS, worker)

    @broker.subscriber(stream=stream, ack_policy=MANUAL)
    async def call_server(call: CallServer) -> None:
        """Answer a short call."""
        message = current_message(broker)
        age = await entry_age(broker, message)
        await message.delete()
        slots.spawn(calls.answer(call, age))


def subscribe_replies(broker: RedisBroker, replies: str, tools: Toolbox) -> None:
    """Declare the door of what the tools services answer."""

    @broker.subscriber(stream=inbox(replies))
    async def on_tool_reply(reply: ToolEventEmitted | ToolCallFinished) -> None:
        """Hand what a tool says to the call that waits for it."""
        tools.deliver(reply)
