"""A widget of any shape: the model makes it up, and the user sees it and its source."""

import json
import re

import orjson
from agents import Tool, function_tool
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    NoticeEvent,
    ThreadItemDoneEvent,
)
from chatkit.widgets import DynamicWidgetRoot
from turnstream.contracts.turns import Json
from turnstream.i18n import Translate

from turnstream_guide.cards.jsx import code_block, jsx
from turnstream_guide.cards.widget_validation import NODES, ROOTS, InvalidWidget, parse_widget
from turnstream_guide.context import GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Call, Plan, Request
from turnstream_guide.keyless_model.sentences import language
from turnstream_guide.language.texts import translator
from turnstream_guide.times import now
from turnstream_guide.turn import Turn

NAME = "fully_dynamic_widget"
DESCRIPTION = f"""\
Show a widget of any shape that you make up, and its source below it.

`widget` is JSON text. The root is an object with a `type` of {", ".join(ROOTS)}, and a list of
`children`. Each child is an object with a `type` of {", ".join(NODES)}; layout nodes have
`children` of their own. Text, Title, Caption and Markdown have a `value`, Badge and Button a
`label`, Image a `src`. For example:
{{"type": "Card", "children": [{{"type": "Title", "value": "Hello"}}]}}"""

_ASKED = re.compile(
    r"(?:\bdynamic widget\b|動態(?:小工具|元件)|动态(?:小组件|组件))(?:\s*[:：]\s*(?P<shape>.+))?",
    re.IGNORECASE | re.DOTALL,
)


def _tools(turn: Turn) -> list[Tool]:
    _ = turn.translate

    @function_tool(name_override=NAME, description_override=DESCRIPTION)
    async def fully_dynamic_widget(ctx: RunContext, widget: str) -> str:
        context = ctx.context
        try:
            shape = parse_widget(widget, _)
        except InvalidWidget as error:
            title = _("The widget can't be shown")
            await context.stream(NoticeEvent(level="warning", title=title, message=str(error)))
            summary = _("The widget can't be shown: {reason}").format(reason=error)
            return json.dumps({"shown": False, "reason": str(error), "summary": summary})
        source = jsx(shape)
        await context.stream_widget(DynamicWidgetRoot.model_validate(shape), copy_text=source)
        await context.stream(ThreadItemDoneEvent(item=_source(context, source)))
        summary = _("That is the widget, and below it its source.")
        return json.dumps({"shown": True, "summary": summary})

    return [fully_dynamic_widget]


def _source(context: GuideContext, source: str) -> AssistantMessageItem:
    text = code_block(source, "jsx")
    return AssistantMessageItem(
        id=context.generate_id("message"),
        thread_id=context.thread.id,
        created_at=now(),
        content=[AssistantMessageContent(text=text)],
    )


def _played(request: Request) -> Plan | None:
    """The demo model makes up a trip, or takes the shape that the user wrote after a colon."""
    match = _ASKED.search(request.said)
    if match is None or NAME not in request.offers or request.conversation.outcomes:
        return None
    sample = _sample(translator(language(request)))
    return Call(NAME, {"widget": match["shape"] or orjson.dumps(sample).decode()})


def _sample(_: Translate) -> Json:
    row = {"type": "Row", "align": "center", "gap": 2}
    return {
        "type": "Card",
        "size": "md",
        "children": [
            {"type": "Title", "value": _("A weekend in Oslo"), "size": "sm"},
            {
                **row,
                "children": [
                    {"type": "Icon", "name": "calendar", "size": "sm"},
                    {"type": "Caption", "value": _("Two days, two people")},
                    {"type": "Spacer"},
                    {"type": "Badge", "label": _("Booked"), "color": "success"},
                ],
            },
            {"type": "Divider", "flush": True},
            {"type": "Markdown", "value": _("**Saturday:** the opera house & the harbour")},
            {"type": "Markdown", "value": _("**Sunday:** a walk in the forest")},
        ],
    }


DEMONSTRATION = Demonstration(tools=_tools, rules=(_played,))
