"""Citations: the marks that a model writes after a statement become annotations.

A tool whose output has `sources` gives each a mark (`"cite": "[§12]"`) for the model to repeat.
The marks are removed from the text while it streams, and annotations replace them. A mark that no
source of the run has is removed too: nothing is cited that was not found.

An annotation's `index` is a "character position" to ChatKit, whose guide computes it with Python's
`len`: every character counts one, emoji too. For a client that counts in UTF-16, a footnote is one
character too early for each emoji before it; for Chinese text both counts are the same.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import cast

from agents import RunItem, ToolCallOutputItem
from chatkit.types import (
    Annotation,
    AssistantMessageContent,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    FileSource,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdate,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
)
from pydantic import BaseModel, ValidationError

_MARK = re.compile(r" ?\[§(\w{1,12})\]")
_BEGUN = re.compile(r"(?: ?\[(?:§\w{0,12})?| )?\Z")
"""The beginning of a mark, at the end of a text that is still growing."""

Sources = Mapping[str, FileSource]
"""The sources that can be cited, by the name inside their mark."""


class _CitableSource(BaseModel):
    """A source in the output of a tool."""

    cite: str
    title: str
    file: str
    path: list[str] = []
    """The headings above it, and its own."""


class _Output(BaseModel):
    sources: list[_CitableSource] = []


def sources_of(items: Iterable[RunItem]) -> dict[str, FileSource]:
    """The sources that the tools of a run have found."""
    outputs = (item.output for item in items if isinstance(item, ToolCallOutputItem))
    return {name: source for output in outputs for name, source in _sources(output)}


async def cited(
    events: AsyncIterator[ThreadStreamEvent], sources: Callable[[], Sources]
) -> AsyncGenerator[ThreadStreamEvent, None]:
    """The same events, with annotations for marks in the messages of the assistant.

    `sources` is asked when a message begins. Where it knows none, nothing is changed.
    """
    known: Sources = {}
    parts: dict[tuple[str, int], _Part] = {}
    async with aclosing(cast(AsyncGenerator[ThreadStreamEvent, None], events)):
        async for event in events:
            match event:
                case ThreadItemAddedEvent(item=AssistantMessageItem()):
                    known = sources()
                    yield event
                case ThreadItemUpdatedEvent() if known and hasattr(event.update, "content_index"):
                    part_key = (event.item_id, event.update.content_index)
                    part = parts.setdefault(part_key, _Part(part_key[1], known))
                    for update in part.updates(event.update):
                        yield ThreadItemUpdatedEvent(item_id=event.item_id, update=update)
                case ThreadItemDoneEvent(item=AssistantMessageItem() as message) if known:
                    content = [_whole(part, known) for part in message.content]
                    item = message.model_copy(update={"content": content})
                    yield ThreadItemDoneEvent(item=item)
                case _:
                    yield event


class _Part:
    """One part of a message, as far as it was read."""

    def __init__(self, index: int, sources: Sources) -> None:
        self._index = index
        self._sources = sources
        self._held = ""
        self._read = 0
        self._cuts: list[tuple[int, int]] = []
        self.text = ""
        self.annotations: list[Annotation] = []

    def updates(self, update: ThreadItemUpdate) -> list[ThreadItemUpdate]:
        """The updates that replace one update of the model."""
        match update:
            case AssistantMessageContentPartTextDelta():
                return self.read(update.delta)
            case AssistantMessageContentPartAnnotationAdded():
                return [self.adopt(update.annotation)]
            case AssistantMessageContentPartDone():
                rest = self.end()
                content = AssistantMessageContent(text=self.text, annotations=self.annotations)
                return [*rest, update.model_copy(update={"content": content})]
            case _:
                return [update]

    def read(self, text: str) -> list[ThreadItemUpdate]:
        """Updates for text without its marks; what may begin a mark is held back."""
        text, start = self._held + text, 0
        updates: list[ThreadItemUpdate] = []
        for mark in _MARK.finditer(text):
            updates += self._say(text[start : mark.start()])
            start = mark.end()
            self._cuts.append((self._read + mark.start(), len(mark[0])))
            source = self._sources.get(mark[1])
            if source is not None:
                updates.append(self._note(Annotation(source=source, index=len(self.text))))
        begun = cast(re.Match[str], _BEGUN.search(text, start)).start()
        updates += self._say(text[start:begun])
        self._held = text[begun:]
        self._read += begun
        return updates

    def end(self) -> list[ThreadItemUpdate]:
        """Updates for text that was held back and did not become a mark."""
        held, self._held = self._held, ""
        return self._say(held)

    def adopt(self, annotation: Annotation) -> ThreadItemUpdate:
        """An update for a citation of the model's host, placed in the text without marks."""
        if annotation.index is not None:
            gone = sum(length for start, length in self._cuts if start < annotation.index)
            annotation = annotation.model_copy(update={"index": annotation.index - gone})
        return self._note(annotation)

    def _say(self, text: str) -> list[ThreadItemUpdate]:
        self.text += text
        delta = AssistantMessageContentPartTextDelta(content_index=self._index, delta=text)
        return [delta] if text else []

    def _note(self, annotation: Annotation) -> ThreadItemUpdate:
        self.annotations.append(annotation)
        return AssistantMessageContentPartAnnotationAdded(
            content_index=self._index,
            annotation_index=len(self.annotations) - 1,
            annotation=annotation,
        )


def _whole(content: AssistantMessageContent, sources: Sources) -> AssistantMessageContent:
    """A finished part, with its own annotations and those of the marks."""
    part = _Part(0, sources)
    part.read(content.text)
    part.end()
    for annotation in content.annotations:
        part.adopt(annotation)
    return AssistantMessageContent(text=part.text, annotations=part.annotations)


def _sources(output: object) -> Iterator[tuple[str, FileSource]]:
    """The sources in the output of one tool; an output of any other form has none."""
    try:
        found = _Output.model_validate_json(output) if isinstance(output, str) else _Output()
    except ValidationError:
        return
    for each in found.sources:
        mark = _MARK.fullmatch(each.cite)
        if mark is not None:
            above = " › ".join(each.path[:-1])
            source = FileSource(filename=each.file, title=each.title, description=above or None)
            yield mark[1], source
