"""Scenes that change the thread while they go on."""

from chatkit.types import ActiveStatus, ClosedStatus, LockedStatus, ProgressUpdateEvent

from .scenes import Events, Turn, scene


@scene("title")
async def title(turn: Turn) -> Events:
    """Named in the middle of the answer."""
    yield turn.says("one")
    turn.thread.title = turn.words
    yield turn.says("two")


@scene("title at the end")
async def title_at_the_end(turn: Turn) -> Events:
    yield turn.says("one")
    turn.thread.title = turn.words


@scene("title twice")
async def title_twice(turn: Turn) -> Events:
    turn.thread.title = "not yet"
    yield ProgressUpdateEvent(text="naming")
    turn.thread.title = turn.words
    yield turn.says("two")


@scene("no title")
async def no_title(turn: Turn) -> Events:
    turn.thread.title = None
    yield turn.says("unnamed")


@scene("lock")
async def lock(turn: Turn) -> Events:
    turn.thread.status = LockedStatus(reason="resting")
    yield turn.says("locked")


@scene("close")
async def close(turn: Turn) -> Events:
    turn.thread.status = ClosedStatus()
    yield turn.says("closed")


@scene("open")
async def reopen(turn: Turn) -> Events:
    turn.thread.status = ActiveStatus()
    yield turn.says("open")


@scene("image domains")
async def image_domains(turn: Turn) -> Events:
    turn.thread.allowed_image_domains = ["example.com"]
    yield turn.says("trusted")


@scene("remember")
async def remember(turn: Turn) -> Events:
    """Metadata: kept for the server, never told to the client."""
    key, _, value = turn.words.partition("=")
    if value:
        turn.thread.metadata[key] = {"value": value}
    else:
        turn.thread.metadata.pop(key, None)
    yield turn.says("noted")


@scene("no way back")
async def no_way_back(turn: Turn) -> Events:
    """From now on answers in this thread can't be stopped."""
    turn.thread.metadata["allow_cancel"] = False
    yield turn.says("hold on")
