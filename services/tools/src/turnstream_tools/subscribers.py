"""The subscribers: calls from the queue, and control messages from the channel."""

from faststream.redis import RedisBroker
from turnstream.contracts.tools import AttachTool, CallTool, CancelTool
from turnstream.redis import topology
from turnstream.redis.broker import MANUAL, Group, channel, current_message, queue
from turnstream.telemetry import get_logger

from turnstream_tools.calls.executor import Executor

log = get_logger(__name__)

GROUPS: list[Group] = [(topology.TOOL_CALLS, topology.TOOLS)]


def subscribe(broker: RedisBroker, executor: Executor, instance: str) -> None:
    """Subscribe the executor. Nothing is read before the subscribers start."""
    calls = queue(topology.TOOL_CALLS, topology.TOOLS, instance)

    @broker.subscriber(stream=calls, ack_policy=MANUAL, no_reply=True, title="CallTool")
    async def call_tool(command: CallTool) -> None:
        """Start a call. The next one is read when there is a slot for it."""
        await current_message(broker).delete()
        await executor.accept(command)
        await executor.wait_for_slot()

    @broker.subscriber(channel(topology.TOOL_CONTROL), no_reply=True, title="ToolControl")
    async def control(command: AttachTool | CancelTool) -> None:
        """Every tools service gets this. The one that runs the call acts on it."""
        if isinstance(command, AttachTool):
            await executor.attach(command)
        else:
            executor.cancel(command.key)
