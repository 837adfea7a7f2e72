"""A server for each rule, that breaks it: by its answers, or by a fault that it has built in."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from turnstream.conformance.rules import Rule

from tests.support.broken_streams import BROKEN

from .small_server import SmallServer
from .small_threads import Spoil

Json = dict[str, Any]
TOKEN = "a-token-of-tests"


def server(rule: Rule) -> SmallServer:
    """A server that breaks this rule."""
    spoil = _stream(rule) if rule in BROKEN else _SPOILT.get(rule.id)
    return SmallServer(rule.id, spoil, TOKEN)


def _events(change: Callable[[list[Json]], list[Json]], *kinds: str) -> Spoil:
    """Changes the events of streams, of these types or of all."""

    def spoil(kind: str, answer: Any) -> Any:
        meant = isinstance(answer, list) and (not kinds or kind in kinds)
        return change(deepcopy(answer)) if meant else answer

    return spoil


def _document(change: Callable[[Json], object], *kinds: str) -> Spoil:
    """Changes the documents of these requests, in place."""

    def spoil(kind: str, answer: Any) -> Any:
        answer = deepcopy(answer)
        if kind in kinds:
            change(answer)
        return answer

    return spoil


def _without(kind: str) -> Callable[[list[Json]], list[Json]]:
    return lambda events: [event for event in events if event["type"] != kind]


def _stream(rule: Rule) -> Spoil:
    """After the opening comes a stream that breaks the rule, in the ids of the thread."""

    def spoil(events: list[Json]) -> list[Json]:
        thread = next(each["item"]["thread_id"] for each in events if "item" in each)
        broken = deepcopy(BROKEN[rule])
        for event in broken:
            if event.get("item", {}).get("thread_id") == "t":
                event["item"]["thread_id"] = thread
            if "thread" in event:
                event["thread"]["id"] = thread
        if broken[0]["type"] == "thread.created" and rule.id != "stream.metadata-stays":
            return [*events[:2], *broken[1:]]
        if rule.id == "stream.thread-created-first":
            return [events[1], events[0]]
        return [*broken, *events[1:2]]

    return _events(spoil, "threads.create")


def _no_answer(events: list[Json]) -> list[Json]:
    return [
        e
        for e in events
        if "update" not in e and e.get("item", {}).get("type") != "assistant_message"
    ]


def _one_id(events: list[Json]) -> list[Json]:
    for event in events:
        if event.get("item", {}).get("type") == "assistant_message":
            event["item"]["id"] = "__fake_id__"
        if "item_id" in event:
            event["item_id"] = "__fake_id__"
    return events


def _quote_lost(events: list[Json]) -> list[Json]:
    for event in events:
        event.get("item", {}).pop("quoted_text", None)
    return events


def _short_ids(events: list[Json]) -> list[Json]:
    for event in events:
        if event.get("item", {}).get("type") == "user_message":
            event["item"]["id"] = event["item"]["id"][:12]
    return events


def _users_last(events: list[Json]) -> list[Json]:
    mine = [e for e in events if e.get("item", {}).get("type") == "user_message"]
    return [e for e in events if e not in mine] + mine


def _shorter(page: Json) -> None:
    page["data"] = page["data"][:-1]


def _ends_early(page: Json) -> None:
    page["has_more"] = page["has_more"] and len(page["data"]) > 1


def _ends_late(page: Json) -> None:
    page["has_more"] = True


def _reversed(page: Json) -> None:
    page["data"] = page["data"][::-1]


def _titled(title: str) -> Callable[[Json], None]:
    return lambda thread: thread.update(title=title)


_SPOILT: dict[str, Spoil] = {
    "create.opening": _events(_without("thread.created"), "threads.create"),
    "message.no-second-thread": _events(
        lambda events: [
            {"type": "thread.created", "thread": {"id": "thr_again", "created_at": "2026"}},
            *events,
        ],
        "threads.add_user_message",
    ),
    "message.user-item": _events(_users_last),
    "message.quoted-text": _events(_quote_lost),
    "message.answered": _events(_no_answer),
    "message.stream-options": _events(_without("stream_options")),
    "ids.unique": _events(_one_id),
    "ids.long": _events(_short_ids),
    "thread.equals-transcript": _document(_shorter, "items.list"),
    "thread.get-by-id": _document(lambda t: _reversed(t["items"]), "threads.get_by_id"),
    "thread.title": _document(_titled("another"), "threads.get_by_id"),
    "threads.newest-first": _document(_reversed, "threads.list"),
    "threads.update": _document(_titled("as before"), "threads.get_by_id"),
    "paging.items": _document(_ends_early, "items.list"),
    "paging.limit": _document(_ends_late, "items.list"),
    "paging.default-order": _document(_reversed, "items.list"),
    "paging.equal-times": _document(_shorter, "threads.list"),
    "threads.side-by-side": _document(_shorter, "items.list"),
    "errors.no-damage": _document(_shorter, "items.list"),
}
