"""A message that is being said: its consecutive deltas gather, and viewers get them as one."""

from chatkit.types import ThreadItemAddedEvent, ThreadItemUpdatedEvent, ThreadStreamEvent

from turnstream_worker import chatkit_json


class TextBatch:
    """Consecutive deltas of one part of one item, not sent yet."""

    def __init__(self, event: ThreadItemUpdatedEvent, text: str) -> None:
        self.event = event
        self.texts = [text]

    def joins(self, event: ThreadItemUpdatedEvent) -> bool:
        """True when `event` continues this text."""
        mine, update = self.event.update, event.update
        if event.item_id != self.event.item_id or update.type != mine.type:
            return False
        if update.type == "assistant_message.content_part.text_delta":
            return mine.type == update.type and update.content_index == mine.content_index
        return (
            update.type == "widget.streaming_text.value_delta"
            and mine.type == update.type
            and update.component_id == mine.component_id
            and not mine.done
        )

    def join(self, event: ThreadItemUpdatedEvent, text: str) -> None:
        """Take in a delta; the newest one says whether the text is done."""
        self.event = event
        self.texts.append(text)

    def dump(self) -> bytes:
        """The one event that stands for all of them."""
        update = self.event.update.model_copy(update={"delta": "".join(self.texts)})
        return chatkit_json.dump_event(self.event.model_copy(update={"update": update}))


def is_provisional(event: ThreadStreamEvent) -> bool:
    """True for a message that begins, and for its text: taken back if the attempt dies."""
    if isinstance(event, ThreadItemAddedEvent):
        return event.item.type == "assistant_message"
    return isinstance(event, ThreadItemUpdatedEvent) and event.update.type in (
        "assistant_message.content_part.added",
        "assistant_message.content_part.text_delta",
    )


def text_of(event: ThreadStreamEvent) -> str | None:
    """The text that an event adds to a message or a widget; None for any other event."""
    if isinstance(event, ThreadItemUpdatedEvent):
        update = event.update
        if update.type in (
            "assistant_message.content_part.text_delta",
            "widget.streaming_text.value_delta",
        ):
            return str(getattr(update, "delta", ""))
    return None
