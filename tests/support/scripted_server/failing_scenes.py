"""Scenes that end badly, in each way the protocol knows."""

import asyncio
from hashlib import sha256

from chatkit.errors import CustomStreamError, ErrorCode, StreamError
from chatkit.types import CustomTask, ThreadItemAddedEvent, Workflow, WorkflowItem

from .plain_scenes import streamed
from .scenes import Events, Turn, scene


@scene("fail with words")
async def fail_with_words(turn: Turn) -> Events:
    yield turn.says("so far")
    raise CustomStreamError("The cat is on the keyboard.", allow_retry=turn.words == "retry")


@scene("fail by code")
async def fail_by_code(turn: Turn) -> Events:
    yield turn.says("so far")
    raise StreamError(ErrorCode.STREAM_ERROR, allow_retry=turn.words == "retry")


@scene("crash")
async def crash(turn: Turn) -> Events:
    yield turn.says("so far")
    raise ZeroDivisionError


@scene("crash at once")
async def crash_at_once(turn: Turn) -> Events:
    if turn.thread:
        raise LookupError("nothing was said")
    yield turn.says("never")


@scene("crash after a title")
async def crash_after_a_title(turn: Turn) -> Events:
    """The thread was changed and not yet saved when it happened."""
    yield turn.says("so far")
    turn.thread.title = turn.words
    raise ZeroDivisionError


@scene("crash in a sentence")
async def crash_in_a_sentence(turn: Turn) -> Events:
    async for event in streamed(turn, "I was about to", done=False):
        yield event
    raise ZeroDivisionError


@scene("crash in a workflow")
async def crash_in_a_workflow(turn: Turn) -> Events:
    workflow = Workflow(type="custom", tasks=[CustomTask(title="Dig")])
    item = WorkflowItem(**turn.head("workflow"), workflow=workflow)
    yield ThreadItemAddedEvent(item=item)
    raise ZeroDivisionError


@scene("cancel itself")
async def cancel_itself(turn: Turn) -> Events:
    """What becomes of a server that awaits something which was cancelled."""
    yield turn.says("so far")
    raise asyncio.CancelledError


@scene("unstorable")
async def unstorable(turn: Turn) -> Events:
    """A message under an id that no index can hold: it is seen, and refused when it is done."""
    endless = "".join(sha256(str(number).encode()).hexdigest() for number in range(250))
    async for event in streamed(turn, "You will not see this again", item_id=endless):
        yield event


@scene("hold")
async def hold(turn: Turn) -> Events:
    """Begins a sentence and waits for a Stop."""
    async for event in streamed(turn, "I could go on", done=False):
        yield event
    await asyncio.Event().wait()
