"""What normalizing replaces, and what it leaves."""

from typing import Any

from tests.support.stock import Names, merge_deltas, normalize

Json = dict[str, Any]


def item(item_id: str, **fields: Any) -> Json:
    return {"id": item_id, "thread_id": "thr_1", "created_at": "2026-01-01", **fields}


def done(what: Json) -> Json:
    return {"type": "thread.item.done", "item": what}


def delta(item_id: str, text: str, index: int = 0) -> Json:
    kind = "assistant_message.content_part.text_delta"
    update = {"type": kind, "content_index": index, "delta": text}
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


def value(item_id: str, text: str, component: str = "c", done: bool = False) -> Json:
    kind = "widget.streaming_text.value_delta"
    update = {"type": kind, "component_id": component, "delta": text, "done": done}
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


def test_ids_are_named_in_order_of_appearance() -> None:
    """Items are numbered as they come, and references to them follow."""
    events = normalize([done(item("zz")), done(item("aa")), delta("zz", "x")])
    assert [event["item"]["id"] for event in events[:2]] == ["item-1", "item-2"]
    assert events[2]["item_id"] == "item-1"
    assert events[0]["item"]["thread_id"] == "thread-1"


def test_references_inside_of_content_follow() -> None:
    """An id that an app put into a payload is renamed like the item it means."""
    action = {"type": "open", "payload": {"of": "msg_1"}}
    events = normalize([done(item("msg_1")), done(item("w", widget={"action": action}))])
    assert events[1]["item"]["widget"]["action"]["payload"] == {"of": "item-1"}


def test_ids_of_an_app_stay() -> None:
    """Ids of widget components, tags and entities are content."""
    widget = {
        "type": "Card",
        "id": "card",
        "children": [{"type": "Text", "id": "text"}],
    }
    assert normalize([done(item("w", widget=widget))])[0]["item"]["widget"] == widget


def test_call_ids_of_a_script_stay() -> None:
    """Only the call ids that the model server made up are renamed."""
    made_up = "call_" + "0" * 32
    events = normalize([done(item("a", call_id="call_1")), done(item("b", call_id=made_up))])
    assert [event["item"]["call_id"] for event in events] == ["call_1", "call-1"]


def test_times_and_durations_are_placeholders() -> None:
    """When something happened and how long it took says nothing about what happened."""
    workflow = {"tasks": [], "summary": {"duration": 3}}
    plain = normalize([done(item("a", workflow=workflow))])[0]["item"]
    assert plain["created_at"] == "<time>"
    assert plain["workflow"]["summary"] == {"duration": "<duration>"}


def test_one_set_of_names_spans_events_and_thread() -> None:
    """With shared names a thread read later matches the events."""
    names = Names()
    normalize([done(item("b")), done(item("a"))], names)
    thread = {
        "id": "thr_1",
        "created_at": "x",
        "items": {"data": [item("a")], "has_more": False},
    }
    assert normalize(thread, names)["items"]["data"][0]["id"] == "item-2"


def test_cursors_do_not_count() -> None:
    """Where a page ends is an opaque cursor, that there is more is not."""
    page = {"data": [], "has_more": True, "after": "opaque"}
    assert normalize(page) == {"data": [], "has_more": True}


def test_neighbouring_deltas_of_a_part_merge() -> None:
    """Deltas of one content part are one; another part, or an event between, starts a new one."""
    notice = {"type": "notice", "message": "n"}
    events = [
        delta("a", "1"),
        delta("a", "2"),
        delta("a", "3", index=1),
        notice,
        delta("a", "4", 1),
    ]
    assert merge_deltas(events) == [
        delta("a", "12"),
        delta("a", "3", index=1),
        notice,
        delta("a", "4", 1),
    ]


def test_neighbouring_values_of_a_component_merge() -> None:
    """Widget text merges per component, and is done when its last delta is."""
    events = [
        value("w", "1"),
        value("w", "2", done=True),
        value("w", "3", component="d"),
    ]
    assert merge_deltas(events) == [
        value("w", "12", done=True),
        value("w", "3", component="d"),
    ]


def test_what_is_normalized_is_not_changed() -> None:
    """The original events stay as they were."""
    events = [delta("a", "1"), delta("a", "2")]
    normalize(events)
    assert events == [delta("a", "1"), delta("a", "2")]


def test_names_lead_back_to_ids() -> None:
    """A request written with names reaches the backend that gave the ids."""
    names = Names()
    normalize([done(item("msg_1"))], names)
    request = {"item_id": "item-1", "deep": [{"thread": "thread-1"}], "n": 1}
    expected = {"item_id": "msg_1", "deep": [{"thread": "thr_1"}], "n": 1}
    assert names.ids_in(request) == expected
