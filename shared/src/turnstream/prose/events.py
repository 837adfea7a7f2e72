"""Events of a turn as pieces of text, in the order in which somebody should read them.

The text of an answer stands as it is, in Markdown. All else is a line of its own in brackets, so
that a reader can tell what the assistant said from what it did.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from turnstream.contracts.turns import Json
from turnstream.prose.widgets import widget_text
from turnstream.transcript import TEXT_DELTA

_WRONG = "Something went wrong."
_OBEYED = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\ufffd")
"""Control characters: a terminal obeys them, and a model may have been talked into them."""


class Kind(StrEnum):
    """What a piece is, for those who show the one brighter than the other."""

    TEXT = "text"
    NOTE = "note"
    ERROR = "error"


class Piece(NamedTuple):
    """A piece of a turn's text. Pieces follow one another without anything between them."""

    text: str
    kind: Kind = Kind.TEXT


class Prose:
    """Follows the events of a turn, and says what each adds to its text."""

    def __init__(self) -> None:
        self._streamed: set[str] = set()
        """Messages whose text has been told as it came."""
        self._before = ""
        """The end of what was told before: a note begins a line, and an item a paragraph."""

    def tell(self, event: Json) -> Iterator[Piece]:
        """What this event adds; nothing for one that a reader needs not see."""
        for text, kind in self._texts(event):
            if text:
                self._before = (self._before + text)[-2:]
                yield Piece(text.translate(_OBEYED), kind)

    def end(self) -> str:
        """What ends the last line."""
        return "\n" if self._before and not self._before.endswith("\n") else ""

    def restart(self) -> Iterator[Piece]:
        """What was told of the turn is told again from its beginning."""
        self._streamed.clear()
        yield from self.tell({"type": "progress_update", "text": "from the beginning"})

    def _texts(self, event: Json) -> Iterator[Piece]:
        match event:
            case {
                "type": "thread.item.updated",
                "item_id": str(item_id),
                "update": {"type": kind, "delta": str(delta)},
            } if kind == TEXT_DELTA:
                if item_id not in self._streamed:
                    self._streamed.add(item_id)
                    yield self._paragraph()
                yield Piece(delta)
            case {"type": "thread.item.done" | "thread.item.replaced", "item": dict(item)}:
                if item.get("id") not in self._streamed:
                    yield from self._item(item)
            case {"type": "thread.item.removed", "item_id": str(item_id)}:
                if item_id in self._streamed:
                    self._streamed.discard(item_id)
                    yield from self._line("what was said last is taken back")
            case {"type": "progress_update" | "notice", **rest}:
                yield from self._line(_text(rest.get("text") or rest.get("message")))
            case {"type": "error", **rest}:
                yield from self._line(_text(rest.get("message")) or _WRONG, Kind.ERROR)

    def _item(self, item: Json) -> Iterator[Piece]:
        match item:
            case {"type": "assistant_message", "content": list(parts)}:
                yield self._paragraph()
                yield Piece("".join(_text(part.get("text")) for part in parts))
            case {"type": "widget", **rest}:
                yield from self._block(_text(rest.get("copy_text")) or widget_text(rest["widget"]))
            case {"type": "workflow", "workflow": {"tasks": list(tasks)}}:
                for task in tasks:
                    yield from self._line(_task(task))
            case {"type": "task", "task": dict(task)}:
                yield from self._line(_task(task))
            case {"type": "client_tool_call", "name": name, "arguments": arguments}:
                yield from self._line(f"asks the page: {name} {orjson.dumps(arguments).decode()}")
            case {"type": "structured_input", "status": "pending", "inputs": list(asked)}:
                yield from self._block("\n".join(_question(each) for each in asked))
            case {"type": "generated_image", "image": {"url": str(url)}}:
                yield from self._line(url if url.startswith("http") else "a picture")

    def _paragraph(self) -> Piece:
        if not self._before or self._before == "\n\n":
            return Piece("")
        return Piece("\n" if self._before.endswith("\n") else "\n\n")

    def _block(self, text: str) -> Iterator[Piece]:
        if text:
            yield self._paragraph()
            yield Piece(f"{text}\n", Kind.NOTE)

    def _line(self, text: str, kind: Kind = Kind.NOTE) -> Iterator[Piece]:
        if text:
            begin = "\n" if self._before and not self._before.endswith("\n") else ""
            words = f"error: {text}" if kind is Kind.ERROR else f"[{text}]"
            yield Piece(f"{begin}{words}\n", kind)


def _task(task: Any) -> str:
    match task:
        case {"title": str(title), "content": str(content)} if title and content:
            return f"{title}: {content}"
        case {"title": str(title)} if title:
            return title
        case {"content": str(content)}:
            return content
    return ""


def _question(asked: Any) -> str:
    match asked:
        case {"question": str(question), "options": list(options)}:
            choices = " / ".join(_text(each.get("value")) for each in options)
            return f"{question} ({choices})"
        case {"question": str(question)}:
            return question
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
