"""One run of a tool: validated, timed, stoppable, and always answered."""

import asyncio
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from turnstream.contracts.tools import ToolResult
from turnstream.telemetry import get_logger

from turnstream_tools.calls import metrics, results
from turnstream_tools.calls.running import RunningCall, Stop
from turnstream_tools.context import Resources, ToolContext
from turnstream_tools.registry import Tool

log = get_logger(__name__)

CANCELLATION = timedelta(seconds=1)
"""The time that a stopped tool has to clean up. After it the tool is abandoned."""


class ToolExited(Exception):
    """The tool tried to end the process."""


async def invoke(tool: Tool, call: RunningCall, resources: Resources) -> ToolResult | None:
    """Run the tool of a call until it ends, is stopped or is out of time.

    None when another service shall run the call. The result has the lasting events.
    """
    context = ToolContext(call.command, resources, call.emit)
    try:
        arguments = tool.arguments.model_validate_json(call.command.arguments or "{}")
    except ValidationError as error:
        return results.invalid(error)
    except Exception as error:
        log.exception("a validator raised")
        return results.raised(error)
    seconds = _seconds_left(tool, call)
    if seconds <= 0:
        call.stop(Stop.TIMED_OUT)
    if not call.stopped.done():
        call.task = asyncio.create_task(_contained(tool, context, arguments), name=call.key)
        ends: set[asyncio.Future[Any]] = {call.task, call.stopped}
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if call.task is not None and call.task.done():
        result = _outcome(call.task, resources.settings.tool_output_limit)
        if result.failure is None:
            result = result.model_copy(update={"client_tool": context.requested})
    else:
        stopped = await _stop(tool, call)
        if stopped is None:
            return None
        result = stopped
    return result.model_copy(update={"events": call.close()})


async def _contained(tool: Tool, context: ToolContext, arguments: BaseModel) -> object:
    try:
        return await tool.function(context, arguments)
    except (SystemExit, KeyboardInterrupt) as error:  # asyncio would end the process for these
        raise ToolExited(f"{type(error).__name__}: {error}") from error


def _seconds_left(tool: Tool, call: RunningCall) -> float:
    return min(tool.spec.timeout, call.command.timeout).total_seconds()


def _outcome(task: asyncio.Task[object], limit: int) -> ToolResult:
    if task.cancelled():
        return results.raised(asyncio.CancelledError("the tool cancelled itself"))
    error = task.exception()
    if error is None:
        return results.succeeded(task.result(), limit)
    log.error("tool raised", exc_info=(type(error), error, error.__traceback__))
    return results.raised(error)


async def _stop(tool: Tool, call: RunningCall) -> ToolResult | None:
    """Cancel the tool. One that ignores its cancellation is abandoned: the answer does not wait.

    Events that it emits while it cleans up are shown, unless another service shall run the call: a
    widget that is closed half written would stand where the whole one belongs.
    """
    call.stop(Stop.TIMED_OUT)
    result = results.stopped(
        call.stopped.result(), started=call.task is not None, idempotent=tool.spec.idempotent
    )
    if result is None:
        call.close()
    if call.task is not None:
        call.task.cancel()
        await asyncio.wait({call.task}, timeout=CANCELLATION.total_seconds())
        call.task.add_done_callback(_retrieve)
        if not call.task.done():
            log.error("tool ignored its cancellation and was abandoned", tool=tool.name)
            metrics.ABANDONED.labels(tool.name).inc()
    return result


def _retrieve(task: asyncio.Task[object]) -> None:
    """Retrieve the exception of a stopped tool; asyncio logs one that is never retrieved."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("stopped tool raised", error=error)
