"""Viewers get ids that are unique in a thread; the server gets back the ids that it sent."""

from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemAddedEvent,
    ResponseOutputMessage,
    ResponseTextDeltaEvent,
)
from turnstream.testing import MemoryStore
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.models.stable_ids import StableIds
from turnstream_worker.thread.writes import Writes

from tests.unit.worker.attempts import an_attempt

LONG = "fc_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b"


def a_journal() -> Journal:
    store, attempt = MemoryStore(), an_attempt(1)
    return Journal(attempt, store, Writes(store, attempt))


def ids_of(key: str, journal: Journal | None = None) -> StableIds:
    return StableIds("turn_1", key, journal or a_journal())


def message(index: int = 0, item_id: str = "msg_0") -> ResponseOutputItemAddedEvent:
    item = ResponseOutputMessage(
        id=item_id, type="message", role="assistant", status="in_progress", content=[]
    )
    return ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=item, output_index=index, sequence_number=0
    )


def completed(item: ResponseOutputMessage) -> ResponseCompletedEvent:
    response = Response.construct(id="resp_1", output=[item])
    return ResponseCompletedEvent.construct(type="response.completed", response=response)


def call(item_id: str | None) -> ResponseFunctionToolCall:
    return ResponseFunctionToolCall(
        type="function_call", id=item_id, call_id="call_1", name="look_up", arguments="{}"
    )


def shown_id(event: ResponseOutputItemAddedEvent) -> str:
    assert isinstance(event.item, ResponseOutputMessage)
    return event.item.id


def test_an_id_that_a_server_repeats_in_every_response_names_one_message() -> None:
    first, second = ids_of("first"), ids_of("second")
    shown = []
    for ids, index in ((first, 0), (second, 0), (second, 1)):
        event = message(index)
        ids.replace_in_event(event)
        shown.append(shown_id(event))

    assert len(set(shown)) == 3


def test_a_second_attempt_gives_a_message_the_same_id() -> None:
    """Whatever id the server gave it then."""
    one, two = message(item_id="msg_a"), message(item_id="msg_b")
    ids_of("first").replace_in_event(one)
    ids_of("first").replace_in_event(two)

    assert shown_id(one) == shown_id(two)


def test_the_events_of_a_message_name_it_alike() -> None:
    ids, added = ids_of("first"), message(2)
    delta = ResponseTextDeltaEvent(
        type="response.output_text.delta",
        item_id="msg_0",
        output_index=2,
        content_index=0,
        delta="Hi",
        logprobs=[],
        sequence_number=1,
    )
    events: list[TResponseStreamEvent] = [added, delta]
    for event in events:
        ids.replace_in_event(event)

    assert delta.item_id == shown_id(added)


def test_the_next_request_has_the_servers_own_ids() -> None:
    """Though the response holds the very object that an event showed."""
    ids, added = ids_of("first"), message()
    assert isinstance(added.item, ResponseOutputMessage)
    end = completed(added.item)

    ids.replace_in_event(added)
    ids.replace_in_event(end)

    assert shown_id(added) != "msg_0"
    assert end.response.output[0].id == "msg_0"


def test_a_call_keeps_an_id_that_is_its_own() -> None:
    """A client tool call of ChatKit is stored under it: `fc_0` would be of many calls."""
    kept, numbered, missing = call(LONG), call("fc_0"), call(None)
    for each in (kept, numbered, missing):
        ids_of("first").replace_in(each)

    assert kept.id == LONG
    assert numbered.id == missing.id
    assert numbered.id not in ("fc_0", None)
