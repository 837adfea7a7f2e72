"""Scenes with widgets: whole, streaming, from templates, and broken."""

from collections.abc import AsyncGenerator
from typing import Any

from chatkit.actions import ActionConfig
from chatkit.server import stream_widget
from chatkit.widgets import (
    Button,
    Card,
    DynamicWidgetRoot,
    Image,
    ListView,
    ListViewItem,
    Markdown,
    Text,
    Title,
    WidgetRoot,
)

from .scenes import Events, Turn, scene

TEMPLATED: dict[str, Any] = {
    "type": "Card",
    "border": {"size": 2, "color": "red"},
    "children": [
        {"type": "Text", "id": "t", "value": "Hi", "sparkle": True},
        {
            "type": "Table",
            "columns": 2,
            "children": [{"type": "Table.Row", "cells": [1, {"x": None}]}],
        },
    ],
}
"""What a template may hold and the SDK's classes don't know."""


def _shown(turn: Turn, widget: WidgetRoot | AsyncGenerator[WidgetRoot, None]) -> Events:
    def new_id(kind: Any) -> str:
        return turn.store.generate_item_id(kind, turn.thread, turn.context)

    return stream_widget(turn.thread, widget, copy_text="a widget", generate_id=new_id)


@scene("widget")
async def widget(turn: Turn) -> Events:
    """A card with a button: actions come from it."""
    press = ActionConfig(type="say", payload={"pressed": [1, None]})
    card = Card(
        size="md",
        children=[
            Title(value="Choose"),
            Image(src="https://example.com/a.png", size=20, radius="sm"),
            Button(label="Press", onClickAction=press),
        ],
    )
    async for event in _shown(turn, card):
        yield event


@scene("list widget")
async def list_widget(turn: Turn) -> Events:
    rows = [ListViewItem(key=str(n), children=[Text(value=f"row {n}")]) for n in range(3)]
    async for event in _shown(turn, ListView(children=rows, limit=2)):
        yield event


@scene("template widget")
async def template_widget(turn: Turn) -> Events:
    """Properties and components that only the client knows."""
    async for event in _shown(turn, DynamicWidgetRoot.model_validate(TEMPLATED)):
        yield event


@scene("streaming widget")
async def streaming_widget(turn: Turn) -> Events:
    """Two texts that grow by turns, and a whole new widget in between."""

    async def states() -> AsyncGenerator[WidgetRoot, None]:
        for one, two in (("", ""), ("Once ", ""), ("Once upon ", ""), ("Once upon ", "**A")):
            yield _page(one, two)
        yield _page("Once upon ", "**A", padding=4)
        yield _page("Once upon a time", "**A**", padding=4, streaming=False)

    async for event in _shown(turn, states()):
        yield event


@scene("failing widget")
async def failing_widget(turn: Turn) -> Events:
    """A widget that breaks off while it streams."""

    async def states() -> AsyncGenerator[WidgetRoot, None]:
        yield _page("Once ", "")
        yield _page("Once upon ", "")
        raise RuntimeError("no more states")

    async for event in _shown(turn, states()):
        yield event


def _page(one: str, two: str, padding: int = 2, *, streaming: bool = True) -> WidgetRoot:
    return Card(
        padding=padding,
        children=[
            Text(id="one", value=one, streaming=streaming),
            Markdown(id="two", value=two, streaming=streaming),
        ],
    )
