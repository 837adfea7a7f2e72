"""Where ours answers differently on purpose: each docstring says what stock does, and why not."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chatkit.server import StreamingResult
from turnstream.conformance.requests import client_tool_output, retry_after, structured_input

from tests.support.chat_client import ChatRequest, ServerEvent, SSEParser, custom_action, message
from tests.support.stock import normalize
from tests.support.waiting import wait_until_async

from .pair import THREAD, Json, Pair

AT = {"thread_id": THREAD}
MINUTE = timedelta(minutes=1)
STOCK_FAILURE = {"type": "error", "code": "stream.error", "allow_retry": True}


def types(events: Any) -> list[str]:
    return [event["type"] for event in events]


async def test_text_that_was_seen_is_kept_when_the_assistant_fails(pair: Pair) -> None:
    """Stock drops an unfinished message: after a reload the user misses what they had read."""
    ours, stock = await pair.both(pair.message("crash in a sentence"))
    assert ours[-1] == stock[-1] == STOCK_FAILURE
    assert [*ours[:-2], ours[-1]] == stock
    assert ours[-2]["type"] == "thread.item.done"
    assert ours[-2]["item"]["content"][0]["text"] == "I was about to "
    assert len(await pair.ours.all_items("asc")) == 2
    assert len(await pair.stock.all_items("asc")) == 1


async def test_text_that_was_seen_is_kept_when_the_assistant_forgets_its_end(pair: Pair) -> None:
    """Stock completes the turn, leaves the message open for viewers and stores nothing of it."""
    ours, stock = await pair.both(pair.message("never finished"))
    assert ours[:-1] == stock
    assert ours[-1]["type"] == "thread.item.done"
    assert ours[-1]["item"]["content"][0]["text"] == "I will be "
    assert len(await pair.ours.all_items("asc")) == 2
    assert len(await pair.stock.all_items("asc")) == 1


async def test_a_workflow_that_was_seen_is_kept_closed(pair: Pair) -> None:
    """Stock leaves it spinning in the client and stores nothing of it."""
    ours, stock = await pair.both(pair.message("crash in a workflow"))
    assert [*ours[:-2], ours[-1]] == stock
    workflow = ours[-2]["item"]["workflow"]
    assert [task["title"] for task in workflow["tasks"]] == ["Dig"]
    assert "duration" in workflow["summary"]
    assert len(await pair.ours.all_items("asc")) == 2
    assert len(await pair.stock.all_items("asc")) == 1


async def test_a_workflow_that_a_tool_closed_is_closed_once(pair: Pair) -> None:
    """Stock closes it again before the next item, and folds up what the tool left expanded."""
    ours, stock = await pair.both(pair.message("agent researches"))
    assert [event["item"]["workflow"]["expanded"] for event in stock if _closes(event)] == [
        True,
        False,
    ]
    assert [event["item"]["workflow"]["expanded"] for event in ours if _closes(event)] == [True]
    rest = [event for event in ours if not _closes(event)]
    assert rest == [event for event in stock if not _closes(event)]


def _closes(event: Json) -> bool:
    done = event["type"] == "thread.item.done"
    return bool(done and event["item"]["type"] == "workflow")


async def test_half_a_widget_is_taken_back(pair: Pair) -> None:
    """Stock leaves it on display until the next reload; it is in neither store."""
    ours, stock = await pair.both(pair.message("failing widget"))
    assert [*ours[:-2], ours[-1]] == stock
    assert ours[-2] == {"type": "thread.item.removed", "item_id": "item-2"}
    await pair.same_thread()


async def test_a_message_that_can_not_be_stored_is_taken_back(pair: Pair) -> None:
    """Stock can keep anything, in memory. Ours has viewers forget what no reload would show."""
    ours, stock = await pair.both(pair.message("unstorable"))
    assert ours[:-2] == stock[:-1]
    assert ours[-2] == {"type": "thread.item.removed", "item_id": stock[-1]["item"]["id"]}
    assert (ours[-1]["type"], ours[-1]["allow_retry"]) == ("error", True)
    assert len(await pair.ours.all_items("asc")) == 1


async def test_a_tripped_guardrail_is_no_reason_to_retry(pair: Pair) -> None:
    """Stock offers Retry for an answer that was refused; both take back what was shown."""
    ours, stock = await pair.both(pair.message("agent trips"))
    assert ours[:-1] == stock[:-1]
    assert stock[-1] == STOCK_FAILURE
    assert (ours[-1]["code"], ours[-1]["allow_retry"]) == ("custom", False)
    await pair.same_thread()


async def test_a_server_that_cancels_itself_has_failed(pair: Pair) -> None:
    """Stock takes it for a Stop and breaks off; nobody pressed one, so ours shows an error."""
    request = pair.message("cancel itself")
    events = await pair.ours.ask(request)
    assert events[-2]["type"] == "thread.item.done"
    assert events[-1] == STOCK_FAILURE
    with pytest.raises(asyncio.CancelledError):
        await pair.stock.ask(request)


async def test_hidden_items_never_leave(pair: Pair) -> None:
    """Stock swallows them in `done` events only: `added` and `replaced` tell the secret."""
    ours, stock = await pair.both(pair.message("careless hidden"))
    assert types(stock)[3:] == ["thread.item.added", "thread.item.replaced"]
    assert ours == stock[:3]
    assert "secret" not in json.dumps(ours)


async def test_hidden_items_never_shorten_a_page(pair: Pair) -> None:
    """Stock filters after paging: a page may come back short, or empty with more to follow."""
    await pair.say("hidden")
    asked = {**AT, "limit": 2, "order": "asc", "after": "item-1"}
    ours, stock = [await side.raw("items.list", **asked) for side in (pair.ours, pair.stock)]
    assert [item["content"][0]["text"] for item in ours["data"]] == ["before", "after"]
    assert len(stock["data"]) == 1
    await pair.same_thread()


async def test_an_output_finds_its_call_behind_a_newer_message(pair: Pair) -> None:
    """Stock looks at the newest item only: a message sent meanwhile loses the call for ever."""
    await pair.say("client tool")
    await pair.say("hello")
    output = client_tool_output(THREAD, "late")
    await pair.stock.refusal(output)
    events = await pair.ours.ask(output)
    assert types(events) == ["stream_options", "thread.item.done"]
    call = next(
        item for item in await pair.ours.all_items("asc") if item["type"] == "client_tool_call"
    )
    assert (call["status"], call["output"]) == ("completed", "late")


@pytest.mark.parametrize(("scene", "code"), [("lock", "thread_locked"), ("close", "thread_closed")])
async def test_a_locked_or_closed_thread_takes_nothing_new(
    pair: Pair, scene: str, code: str
) -> None:
    """To stock the status is a matter of the composer, which a client may leave out."""
    await pair.say("client tool")
    await pair.say(scene)
    for request in (
        message("hello", THREAD),
        client_tool_output(THREAD, "late"),
        structured_input(THREAD, "item-2", {}, "skipped"),
        retry_after(THREAD, "item-1"),
        custom_action(THREAD, "say"),
        custom_action(THREAD, "change", sync=True),
    ):
        assert await pair.problem(request) == (409, code), request.type
    await pair.same_thread()
    await pair.stock.ask(message("hello", THREAD))


@pytest.mark.parametrize("scene", ["lock", "close"])
async def test_a_locked_or_closed_thread_is_still_its_owners(pair: Pair, scene: str) -> None:
    """Judging, renaming and deleting it begin no turn, and are as with stock."""
    await pair.say(scene)
    feedback = {"thread_id": THREAD, "item_ids": ["item-2"], "kind": "positive"}
    await pair.same(ChatRequest("items.feedback", feedback))
    await pair.same(ChatRequest("threads.update", {"thread_id": THREAD, "title": "Over"}))
    await pair.same_thread()
    assert await pair.same(ChatRequest("threads.delete", {"thread_id": THREAD})) == {}


async def test_ids_are_long(pair: Pair) -> None:
    """Stock's carry 32 random bits, which collide within tens of thousands of items."""
    await pair.say("widget")
    await pair.say("agent with a tool")
    ids = [item["id"] for item in (await pair.ours.raw("threads.get_by_id", **AT))["items"]["data"]]
    assert all(len(item_id.partition("_")[2]) == 32 for item_id in ids), ids
    theirs = (await pair.stock.raw("threads.get_by_id", **AT))["items"]["data"]
    assert len(theirs[0]["id"].partition("_")[2]) == 8


async def test_times_are_utc_and_say_so(pair: Pair) -> None:
    """Stock sends the server's local time without an offset; this worker's host is in New York."""
    await pair.say("agent with a tool")
    await pair.say("title: x")
    events = await pair.ours.post(message("agent draws"))
    thread = await pair.ours.raw("threads.get_by_id", **AT)
    told = times_in([events, thread, await pair.ours.raw("threads.list")])
    assert len(told) > 10
    for text in told:
        assert text.endswith("Z")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(text)) < MINUTE
    assert not any("Z" in text for text in times_in(await pair.stock.raw("threads.list")))


async def test_a_stop_keeps_the_same_and_says_so_at_once(pair: Pair) -> None:
    """Stock is stopped by a lost connection and tells the client nothing until a reload."""
    held = pair.message("hold")
    ours = await stopped_by_request(pair, held)
    stock = await stopped_by_disconnect(pair, held)
    assert ours[:-1] == stock
    assert ours[-1]["type"] == "thread.item.done"
    await pair.say("recall: 5 asc")
    await pair.same_thread()


async def stopped_by_request(pair: Pair, request: ChatRequest) -> list[Json]:
    async with pair.ours.client.stream(*request) as turn:
        await turn.until(lambda event: event.get("update", {}).get("delta", "").endswith("on "))
        await pair.ours.client.cancel(turn.turn_id)
        await turn.to_end()
    assert turn.ends == ["cancelled"]
    return normalize([received.event for received in turn.received], pair.ours.names)


async def stopped_by_disconnect(pair: Pair, request: ChatRequest) -> list[Json]:
    body = json.dumps({"type": request.type, "params": request.params})
    result = await pair.stock.backend.server.process(body, {})
    assert isinstance(result, StreamingResult)
    parser, events = SSEParser(), list[Json]()

    async def read() -> None:
        async for chunk in result:
            parts = parser.feed(chunk)
            events.extend(json.loads(part.data) for part in parts if isinstance(part, ServerEvent))

    reading = asyncio.create_task(read())
    await wait_until_async(lambda: '"on "' in json.dumps(events[-1:]))
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return normalize(events, pair.stock.names)


def times_in(node: Any) -> list[str]:
    if isinstance(node, list):
        return [time for child in node for time in times_in(child)]
    if not isinstance(node, dict):
        return []
    own = [node["created_at"]] if "created_at" in node else []
    return own + [time for child in node.values() for time in times_in(child)]


async def test_a_reload_shows_items_where_they_began(pair: Pair) -> None:
    """Stock stores an item where it is done: an overtaken answer changes places on a reload."""
    ours, stock = await pair.both(pair.message("overtaken"))
    assert ours == stock
    order = [item["type"] for item in await pair.ours.all_items("asc")]
    assert order == ["user_message", "assistant_message", "task"]
    order = [item["type"] for item in await pair.stock.all_items("asc")]
    assert order == ["user_message", "task", "assistant_message"]
