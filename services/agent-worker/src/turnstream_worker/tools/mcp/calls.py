"""One call of a tool of an MCP server: its images reach the user as well as the model."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeGuard

from agents.tool_context import ToolContext
from chatkit.agents import AgentContext
from chatkit.types import GeneratedImage, GeneratedImageItem, ThreadItemDoneEvent
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, StorageFull, Unavailable, Unsupported
from turnstream.telemetry import get_logger

from turnstream_worker.callers import current_attempt
from turnstream_worker.tools.made_images import made_images
from turnstream_worker.tools.mcp.results import Image, read_image

log = get_logger(__name__)

Invoke = Callable[[ToolContext[Any], str], Awaitable[object]]

SHOWN = "[The user sees this image.]"
NOT_SHOWN = "[This image could not be shown to the user.]"


class McpCall:
    """Calls one tool, and shows the images it gave."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    async def __call__(self, context: ToolContext[Any], arguments: str) -> object:
        output = await self._invoke(context, arguments or "{}")
        parts = output if isinstance(output, list) else [output]
        if not any(_is_image(part) for part in parts):
            return output
        return [each for part in parts for each in await _parts_for_model(part, context)]


def _is_image(part: object) -> TypeGuard[Json]:
    return isinstance(part, dict) and part.get("type") == "image"


async def _parts_for_model(part: object, context: ToolContext[Any]) -> list[object]:
    """A part for the model. An image has a sentence beside it, which APIs without images keep."""
    data = str(part["image_url"]).partition(",")[2] if _is_image(part) else ""
    image = read_image(data)
    if image is None:
        return [part]
    shown = await _show(image, context.context)
    return [part, {"type": "text", "text": SHOWN if shown else NOT_SHOWN}]


async def _show(image: Image, context: object) -> bool:
    """Put an image into the thread; False where that is not possible."""
    attempt = current_attempt.get()
    if attempt is None or not isinstance(context, AgentContext):
        return False
    image_id = attempt.new_id("img")
    try:
        url = await made_images().keep(
            attempt.owner, attempt.thread_id, image_id, image.content, image.media_type
        )
    except (Unsupported, Unavailable, StorageFull, NotFound) as error:
        log.warning("image of an mcp tool not shown", turn_id=attempt.turn_id, error=str(error))
        return False
    item = GeneratedImageItem(
        id=attempt.new_id("message"),
        thread_id=attempt.thread_id,
        created_at=datetime.now(UTC).replace(tzinfo=None),
        image=GeneratedImage(id=image_id, url=url),
    )
    await context.stream(ThreadItemDoneEvent(item=item))
    return True
