"""ChatKit's converter, mended so that answers can go into a history in both of OpenAI's formats."""

from agents import TResponseInputItem
from chatkit.agents import ThreadItemConverter
from chatkit.types import AssistantMessageItem
from openai.types.responses import EasyInputMessageParam

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
