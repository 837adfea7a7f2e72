"""Marks in an answer become annotations, however the answer is cut into pieces."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from agents import Agent, RunItem, ToolCallOutputItem
from chatkit.types import (
    Annotation,
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    FileSource,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
    URLSource,
)
from hypothesis import given
from hypothesis import strategies as st
from turnstream.conformance.grammar.item_updates import apply_update
from turnstream_guide.conversation.citations import cited, sources_of

Item = dict[str, Any]
SOURCES = {
    "1": FileSource(filename="a.md", title="A"),
    "22": FileSource(filename="b.md", title="B"),
}


def message(*content: AssistantMessageContent) -> AssistantMessageItem:
    return AssistantMessageItem.model_validate(
        {"id": "msg_1", "thread_id": "thr_1", "created_at": "2026-01-01", "content": list(content)}
    )


def updated(update: Any) -> ThreadItemUpdatedEvent:
    return ThreadItemUpdatedEvent(item_id="msg_1", update=update)


async def events(
    pieces: list[str], notes: list[Annotation] | None = None
) -> AsyncIterator[ThreadStreamEvent]:
    """A message in pieces, as ChatKit streams it; `notes` come after the text."""
    empty = AssistantMessageContent(text="", annotations=[])
    whole = AssistantMessageContent(text="".join(pieces), annotations=[])
    yield ThreadItemAddedEvent(item=message())
    yield updated(AssistantMessageContentPartAdded(content_index=0, content=empty))
    for piece in pieces:
        yield updated(AssistantMessageContentPartTextDelta(content_index=0, delta=piece))
    for index, note in enumerate(notes or []):
        yield updated(
            AssistantMessageContentPartAnnotationAdded(
                content_index=0, annotation_index=index, annotation=note
            )
        )
    yield updated(AssistantMessageContentPartDone(content_index=0, content=whole))
    yield ThreadItemDoneEvent(item=message(whole.model_copy(update={"annotations": notes or []})))


async def shown(
    pieces: list[str], notes: list[Annotation] | None = None, sources: Any = SOURCES
) -> tuple[Item, Item]:
    """What a client has put together before the last event, and what the last event says."""
    item: Item = {}
    async for event in cited(events(pieces, notes), lambda: sources):
        document = json.loads(event.model_dump_json(exclude_none=True))
        match event:
            case ThreadItemAddedEvent():
                item = document["item"]
            case ThreadItemUpdatedEvent():
                apply_update(item, document["update"])
            case _:
                return item, document["item"]
    raise AssertionError("the message did not end")


async def test_a_mark_becomes_an_annotation_in_its_place() -> None:
    _, done = await shown(["First [§1]. Second[§22]", " and last."])

    part = done["content"][0]
    assert part["text"] == "First. Second and last."
    places = [(note["source"]["filename"], note["index"]) for note in part["annotations"]]
    assert places == [("a.md", 5), ("b.md", 13)]


async def test_places_are_counted_in_characters() -> None:
    """As ChatKit's guide does it, in Python: an emoji is one, as 字 is."""
    _, done = await shown(["🙂字[§1]。"])

    (note,) = done["content"][0]["annotations"]
    assert (done["content"][0]["text"], note["index"]) == ("🙂字。", 2)


async def test_a_mark_of_nothing_that_was_found_is_dropped() -> None:
    """A model that makes a source up gets no footnote for it."""
    _, done = await shown(["Invented [§99]."])

    assert done["content"][0] == {"type": "output_text", "text": "Invented.", "annotations": []}


async def test_without_sources_nothing_is_changed() -> None:
    """No search, no marks: the text is the model's own."""
    before, done = await shown(["See [§1] ", "[x"], sources={})

    assert done["content"][0]["text"] == "See [§1] [x"
    assert before["content"] == done["content"]


@given(st.lists(st.sampled_from(["a", " ", "[", "§", "1", "2", "]", "[§1]", " [§22] ", "字。"])))
async def test_a_client_sees_the_same_whatever_the_pieces(pieces: list[str]) -> None:
    """Streamed in any pieces, or at once as a replay does: text and annotations are equal."""
    streamed, done = await shown(pieces)
    _, replayed = await shown(["".join(pieces)])

    assert streamed["content"] == done["content"] == replayed["content"]


async def test_what_begins_like_a_mark_and_is_none_is_shown() -> None:
    before, _ = await shown(["list[", "§", "a b] and [§"])

    assert before["content"][0]["text"] == "list[§a b] and [§"


async def test_citations_of_the_models_host_keep_their_places() -> None:
    """Their index counts the text with the marks in it."""
    text = "One[§1]. Two."
    note = Annotation(source=URLSource(url="https://example.com", title="Two"), index=len(text))
    before, done = await shown([text], [note])

    assert [each["index"] for each in done["content"][0]["annotations"]] == [3, 9]
    assert before["content"] == done["content"]


def output(value: Any) -> RunItem:
    agent: Agent[Any] = Agent(name="a")
    return ToolCallOutputItem(agent=agent, raw_item={}, output=value)


@pytest.mark.parametrize("other", ["text", '{"sources": 1}', '{"sources": [{}]}', None, "[]", {}])
def test_outputs_of_any_form_are_borne(other: Any) -> None:
    """Tools answer what they like; only a list of sources is one."""
    found = {"cite": "[§7]", "title": "T", "file": "f.md", "path": ["Guide", "T"]}

    sources = sources_of([output(other), output(json.dumps({"sources": [found]}))])

    assert sources == {"7": FileSource(filename="f.md", title="T", description="Guide")}
