"""What a turn left waiting for its user, and how a terminal asks for it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from turnstream.conformance import requests
from turnstream.conformance.requests import ChatRequest
from turnstream.contracts.turns import Json

_DEEPEST = 40
NO_PAGE = {"error": "no_page", "detail": "The user is in a terminal, which has no such function."}
"""What a client tool gives where there is no page that could run it."""


class Choice(NamedTuple):
    """A button of a card that the server acts on."""

    label: str
    request: ChatRequest


def choices(thread_id: str, item: Json) -> list[Choice]:
    """The buttons of a widget that a server acts on, in order."""
    if item.get("type") != "widget":
        return []
    return [
        Choice(
            str(button.get("label") or action["type"]),
            requests.custom_action(thread_id, action["type"], action.get("payload"), item["id"]),
        )
        for button, action in _actions(item.get("widget"), 0)
    ]


def questions(item: Json) -> list[Json]:
    """The questions of an item that waits for answers."""
    if item.get("type") != "structured_input" or item.get("status") != "pending":
        return []
    asked: list[Json] = item["inputs"]
    return asked


def answers(asked: list[Json], replies: list[str]) -> tuple[Json, str]:
    """What was said to each question, and the status of it all; an empty answer is skipped."""
    answers = {
        question["id"]: {"values": [text] if text else [], "skipped": not text}
        for question, text in zip(asked, replies, strict=True)
    }
    return answers, "answered" if any(replies) else "skipped"


def _actions(node: Any, depth: int) -> Iterator[tuple[Json, Json]]:
    if not isinstance(node, dict) or depth > _DEEPEST:
        return
    action = node.get("onClickAction")
    if isinstance(action, dict) and _of_server(action):
        yield node, action
    for name in ("confirm", "cancel"):
        if isinstance(part := node.get(name), dict) and isinstance(part.get("action"), dict):
            yield part, part["action"]
    children = node.get("children")
    for child in children if isinstance(children, list) else [children]:
        yield from _actions(child, depth + 1)


def _of_server(action: Json) -> bool:
    return isinstance(action.get("type"), str) and action.get("handler", "server") == "server"
