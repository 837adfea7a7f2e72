"""The conversation that a workflow gets: the thread's history in front of the user's message."""

from collections.abc import Sequence
from typing import Any

from agents import TResponseInputItem
from chatkit.agents import ThreadItemConverter
from chatkit.store import Store
from chatkit.types import (
    Attachment,
    HiddenContextItem,
    SDKHiddenContextItem,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTagContent,
    WorkflowItem,
)
from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam
from turnstream.contracts.turns import RequestContext

from turnstream_worker.api.attachments import AttachmentBudget, ModelVision
from turnstream_worker.models import ModelSettings

HISTORY = 30
"""Items in front of the message. As many come with a turn's claim."""


async def history_before(
    store: Store[RequestContext],
    thread: ThreadMetadata,
    message: UserMessageItem,
    context: RequestContext,
    *,
    is_newest: bool,
) -> list[ThreadItem]:
    """The newest items before a message, oldest first.

    The message is the newest item of a turn that begins with it, and comes with its claim.
    """
    after = None if is_newest else message.id
    limit = HISTORY + 1 if is_newest else HISTORY
    page = await store.load_thread_items(thread.id, after, limit, "desc", context)
    return [item for item in page.data if item.id != message.id][:HISTORY][::-1]


async def conversation(
    history: Sequence[ThreadItem], message: UserMessageItem
) -> tuple[list[TResponseInputItem], list[Any]]:
    """The history as a model's input, and the parts of the message beside its text.

    These are its files, what it quotes, and what it mentions.
    """
    items = _Items([*history, message])
    converted: Any = await items.user_message_to_input(message)
    parts = [part for each in converted for part in each["content"]]
    return await items.to_agent_input(history), parts[1:]


def text_of(message: UserMessageItem) -> str:
    """The words of a message, with the names of what it mentions."""
    return "".join(
        part.text if part.type == "input_text" else f"@{part.text}" for part in message.content
    ).strip()


class _Items(ThreadItemConverter):
    """Converts every kind of item. Steps and notes, which users do not say, are left out."""

    def __init__(self, items: Sequence[ThreadItem]) -> None:
        self.budget = AttachmentBudget(items, ModelVision.of(ModelSettings()))

    async def user_message_to_input(
        self, item: UserMessageItem, is_last_message: bool = True
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        """Convert it as ChatKit does, followed by its images and documents."""
        converted = await super().user_message_to_input(item, is_last_message)
        message: Any = converted[0] if isinstance(converted, list) else converted
        parts = [await self.budget.part(attachment) for attachment in item.attachments]
        message["content"] += [part for part in parts if part is not None]
        return converted

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        """What a file is, and the text that it holds."""
        return _note(await self.budget.note(attachment))

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputContentParam:
        """The name of what is mentioned."""
        return _note(f"@{tag.text}")

    async def hidden_context_to_input(self, item: HiddenContextItem) -> None:
        """Nothing."""

    async def sdk_hidden_context_to_input(self, item: SDKHiddenContextItem) -> None:
        """Nothing."""

    async def workflow_to_input(self, item: WorkflowItem) -> None:
        """Nothing."""


def _note(text: str) -> ResponseInputTextParam:
    return {"type": "input_text", "text": text}
