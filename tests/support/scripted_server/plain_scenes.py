"""Scenes of text and of the items and events that stand by themselves."""

import asyncio

from chatkit.types import (
    Annotation,
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ClientEffectEvent,
    CustomTask,
    EndOfTurnItem,
    EntitySource,
    FileSource,
    GeneratedImage,
    GeneratedImageItem,
    GeneratedImageUpdated,
    HiddenContextItem,
    NoticeEvent,
    ProgressUpdateEvent,
    TaskItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
    URLSource,
)

from .scenes import Events, Turn, scene


async def streamed(
    turn: Turn, text: str, *, done: bool = True, item_id: str | None = None
) -> Events:
    """A message that comes word by word; left open unless `done`."""
    head = turn.head() if item_id is None else {**turn.head(), "id": item_id}
    item = AssistantMessageItem(**head, content=[])
    yield ThreadItemAddedEvent(item=item)
    begun = AssistantMessageContentPartAdded(
        content_index=0, content=AssistantMessageContent(text="")
    )
    yield ThreadItemUpdatedEvent(item_id=item.id, update=begun)
    for word in text.split(" "):
        delta = AssistantMessageContentPartTextDelta(content_index=0, delta=f"{word} ")
        yield ThreadItemUpdatedEvent(item_id=item.id, update=delta)
    if done:
        whole = AssistantMessageContent(text=f"{text} ")
        ended = AssistantMessageContentPartDone(content_index=0, content=whole)
        yield ThreadItemUpdatedEvent(item_id=item.id, update=ended)
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": [whole]}))


@scene("hello")
async def hello(turn: Turn) -> Events:
    async for event in streamed(turn, "Hello to you, whoever you are. Élan, 漢字, 🙂"):
        yield event


@scene("slow")
async def slow(turn: Turn) -> Events:
    """A message that stands still in its middle, for so many seconds."""
    answer = [event async for event in streamed(turn, "One word. Another.")]
    for event in answer[:3]:
        yield event
    await asyncio.sleep(float(turn.words))
    for event in answer[3:]:
        yield event


@scene("count")
async def count(turn: Turn) -> Events:
    """A message that comes slowly, so many words long."""
    async for event in streamed(turn, " ".join(map(str, range(int(turn.words))))):
        await asyncio.sleep(0.005)
        yield event


@scene("overtaken")
async def overtaken(turn: Turn) -> Events:
    """An effect of a tool is done while the answer above it is still being written."""
    answer = [event async for event in streamed(turn, "Above the note")]
    task = TaskItem(**turn.head("task"), task=CustomTask(title="A note"))
    for event in (*answer[:3], ThreadItemDoneEvent(item=task), *answer[3:]):
        yield event


@scene("nothing")
async def nothing(turn: Turn) -> Events:
    """The assistant has nothing to say."""
    if turn.thread is None:
        yield turn.says("never")


@scene("many")
async def many(turn: Turn) -> Events:
    for number in range(int(turn.words)):
        yield turn.says(f"number {number}")


@scene("two parts")
async def two_parts(turn: Turn) -> Events:
    """Text goes to two parts of one message by turns, without announcing the parts."""
    item = AssistantMessageItem(**turn.head(), content=[])
    yield ThreadItemAddedEvent(item=item)
    for index, text in ((0, "one "), (1, "two "), (1, "three "), (0, "four ")):
        delta = AssistantMessageContentPartTextDelta(content_index=index, delta=text)
        yield ThreadItemUpdatedEvent(item_id=item.id, update=delta)
    parts = [AssistantMessageContent(text=text) for text in ("one four ", "two three ")]
    yield ThreadItemDoneEvent(item=item.model_copy(update={"content": parts}))


@scene("annotations")
async def annotations(turn: Turn) -> Events:
    """One source of each kind, streamed into a message."""
    sources = [
        Annotation(source=URLSource(title="A page", url="https://example.com/a"), index=3),
        Annotation(source=FileSource(title="A file", filename="a.txt", group="files")),
        Annotation(
            source=EntitySource(
                title="A thing", id="thing-1", icon="globe", interactive=True, data={"n": 1}
            ),
            index=0,
        ),
    ]
    item = AssistantMessageItem(**turn.head(), content=[AssistantMessageContent(text="See")])
    yield ThreadItemAddedEvent(item=item)
    for index, annotation in enumerate(sources):
        update = AssistantMessageContentPartAnnotationAdded(
            content_index=0, annotation_index=index, annotation=annotation
        )
        yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
    content = [AssistantMessageContent(text="See", annotations=sources)]
    yield ThreadItemDoneEvent(item=item.model_copy(update={"content": content}))


@scene("image")
async def image(turn: Turn) -> Events:
    """An image that becomes clear in two steps."""
    item = GeneratedImageItem(**turn.head())
    yield ThreadItemAddedEvent(item=item)
    for number in (1, 2):
        seen = GeneratedImage(id="img-1", url=f"https://example.com/{number}.png")
        update = GeneratedImageUpdated(image=seen, progress=number / 2)
        yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
    yield ThreadItemDoneEvent(item=item.model_copy(update={"image": seen}))


@scene("signals")
async def signals(turn: Turn) -> Events:
    """Everything that is shown and never stored."""
    yield ProgressUpdateEvent(icon="search", text="Looking")
    yield ClientEffectEvent(name="highlight", data={"place": [1, None, {"deep": "é"}]})
    yield NoticeEvent(level="warning", title="Careful", message="It is **late**.")
    yield turn.says("Look up.")


@scene("standing items")
async def standing_items(turn: Turn) -> Events:
    """Items without a life of their own."""
    task = CustomTask(title="Read", icon="book-open", content="A book", status_indicator="complete")
    yield ThreadItemDoneEvent(item=TaskItem(**turn.head("task"), task=task))
    yield ThreadItemDoneEvent(item=EndOfTurnItem(**turn.head()))


@scene("hidden")
async def hidden(turn: Turn) -> Events:
    """Something for the model's eyes only, between two messages."""
    yield turn.says("before")
    content = {"secret": ["x"], "words": turn.words}
    yield ThreadItemDoneEvent(item=HiddenContextItem(**turn.head(), content=content))
    yield turn.says("after")


@scene("careless hidden")
async def careless_hidden(turn: Turn) -> Events:
    """Hidden items in events that carry them by mistake."""
    item = HiddenContextItem(**turn.head(), content="secret")
    yield ThreadItemAddedEvent(item=item)
    yield ThreadItemDoneEvent(item=item)
    yield ThreadItemReplacedEvent(item=item.model_copy(update={"content": "more secret"}))


@scene("change of mind")
async def change_of_mind(turn: Turn) -> Events:
    """One item replaced, one removed when done, one removed while open."""
    first, second, third = turn.says("draft"), turn.says("wrong"), turn.says("never")
    yield first
    yield second
    yield ThreadItemAddedEvent(item=third.item)
    final = turn.says("final").item.model_copy(update={"id": first.item.id})
    yield ThreadItemReplacedEvent(item=final)
    yield ThreadItemRemovedEvent(item_id=second.item.id)
    yield ThreadItemRemovedEvent(item_id=third.item.id)


@scene("again")
async def again(turn: Turn) -> Events:
    """The same item done twice keeps its order and its last content."""
    first = turn.says("first version")
    yield first
    yield turn.says("between")
    content = [AssistantMessageContent(text="second version")]
    yield ThreadItemDoneEvent(item=first.item.model_copy(update={"content": content}))


@scene("never finished")
async def never_finished(turn: Turn) -> Events:
    """The assistant returns and leaves an item open."""
    async for event in streamed(turn, "I will be", done=False):
        yield event
