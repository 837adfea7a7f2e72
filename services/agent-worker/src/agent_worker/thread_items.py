"""From the items of a thread to the input of a model, in words that both wire formats take."""

from typing import Any

from agents import TResponseInputItem
from chatkit.agents import ThreadItemConverter
from chatkit.types import (
    AssistantMessageItem,
    Attachment,
    HiddenContextItem,
    UserMessageTagContent,
)
from openai.types.responses import (
    EasyInputMessageParam,
    ResponseInputContentParam,
    ResponseInputTextParam,
)
from pydantic_core import to_json

MENDED = "assistant_message_to_input"
STOCK_ASSISTANT_MESSAGE = ThreadItemConverter.assistant_message_to_input
"""ChatKit's own conversion, kept for the test that says when the mend is no longer needed."""


async def assistant_message_to_input(
    converter: ThreadItemConverter, item: AssistantMessageItem
) -> TResponseInputItem | list[TResponseInputItem] | None:
    """What the assistant said, as a message with plain text.

    ChatKit makes `output_text` parts. The Responses API takes those; the SDK refuses to convert
    them for Chat Completions, so that every second message of a thread would fail. Plain text is
    good in both. A message without text is left out: some hosts refuse an empty one.
    """
    text = "\n".join(part.text for part in item.content if part.text)
    if not text:
        return None
    return EasyInputMessageParam(type="message", role="assistant", content=text)


def mend_stock_converter() -> None:
    """Mend `ThreadItemConverter` for every app of this process, `simple_to_agent_input` included.

    Call it once, at start, before an app is loaded. A converter that overrides the method keeps
    its own.
    """
    setattr(ThreadItemConverter, MENDED, assistant_message_to_input)


class GuideItems(ThreadItemConverter):
    """Converts everything a thread can hold; nothing a user can attach makes a turn fail."""

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        """Plain text, whether or not the stock converter was mended."""
        return await assistant_message_to_input(self, item)

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        """A note that there is a file: its content stays where it was uploaded."""
        return _note(f"[The user attached {attachment.name!r}, {attachment.mime_type}]")

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputContentParam:
        """The mentioned thing's name and what the client knows about it."""
        return _note(f"@{tag.text}: {_json({'id': tag.id, 'group': tag.group, **tag.data})}")

    async def hidden_context_to_input(
        self, item: HiddenContextItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        """As ChatKit does; content that is not text becomes JSON first."""
        if not isinstance(item.content, str):
            item = item.model_copy(update={"content": _json(item.content)})
        return await super().hidden_context_to_input(item)


def _note(text: str) -> ResponseInputTextParam:
    return ResponseInputTextParam(type="input_text", text=text)


def _json(value: Any) -> str:
    return to_json(value, serialize_unknown=True).decode()
