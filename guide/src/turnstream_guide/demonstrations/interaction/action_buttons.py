"""What a click looks like while it is handled, and a click that the page handles first.

One button for each `loadingBehavior`, and one whose action has the handler `client`: ChatKit gives
it to the page and sends nothing. The page reads its time zone and sends an action of its own after
it, with `sendCustomAction`, which the server handles like any other:

    widgets: {
      onAction: async ({ type }, widget) => {
        if (type !== 'buttons.time_zone') return;
        const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
        const payload = { time_zone };
        await chat.sendCustomAction({ type: 'buttons.time_zone_read', payload }, widget.id);
      },
    }
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import available_timezones

from agents import Tool, function_tool
from chatkit.actions import Action, LoadingBehavior
from chatkit.types import ProgressUpdateEvent
from chatkit.widgets import DynamicWidgetRoot
from pydantic import AfterValidator, BaseModel, StringConstraints
from turnstream.i18n import N_, Translate

from turnstream_guide.cards.cards import Node, card, clicked, replaced, summary_output
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.turn import Events, Turn

KIND = "buttons"
BUSY = timedelta(seconds=1)
"""How long a click is handled: long enough to see which part looks busy."""
SHOWS: dict[LoadingBehavior, str] = {
    "auto": N_("Where the button stands decides what looks busy."),
    "none": N_("Nothing looks busy."),
    "self": N_("The button looks busy."),
    "container": N_("The whole card looks busy."),
}


ZONES = frozenset(available_timezones())


def _known(zone: str) -> str:
    if zone not in ZONES:
        raise ValueError("no time zone of that name")
    return zone


class ButtonChoice(BaseModel):
    """Which of the buttons."""

    behavior: LoadingBehavior


class TimeZone(BaseModel):
    """The time zone that the page read. It must be a name of the IANA database."""

    time_zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_known)]


Press = Action[Literal["buttons.press"], ButtonChoice]
TimeZoneRead = Action[Literal["buttons.time_zone_read"], TimeZone]


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that shows the buttons."""
    _ = turn.translate

    @function_tool
    async def action_buttons(ctx: RunContext) -> str:
        """Show buttons that look busy in different ways, and one that the page handles."""
        await ctx.context.stream_widget(_buttons(_, _("Press a button.")), _("Buttons"))
        return summary_output(_("Each button shows in its own way that it is busy. Press them."))

    return [action_buttons]


async def press(action: Press, turn: Turn) -> Events:
    """Wait for a moment, then say which part looked busy."""
    _, behavior = turn.translate, action.payload.behavior
    sender = clicked(turn, KIND)
    yield ProgressUpdateEvent(icon="clock", text=_("Handling the click"))
    await asyncio.sleep(BUSY.total_seconds())
    text = _("{name}: {value}").format(name=f"`{behavior}`", value=_(SHOWS[behavior]))
    yield replaced(sender, _buttons(_, text), text)


async def time_zone_read(action: TimeZoneRead, turn: Turn) -> Events:
    """Show the time zone that the page sent."""
    sender = clicked(turn, KIND)
    text = turn.translate("Your page is in the time zone {zone}.")
    text = text.format(zone=action.payload.time_zone)
    yield replaced(sender, _buttons(turn.translate, text), text)


def _buttons(_: Translate, text: str) -> DynamicWidgetRoot:
    presses = [_button(f"loadingBehavior: {each}", _press(each)) for each in SHOWS]
    read = {"type": "buttons.time_zone", "handler": "client"}
    return card(
        KIND,
        {"type": "Markdown", "value": text},
        {"type": "Col", "gap": 2, "children": presses},
        {"type": "Divider"},
        _button(_("Read my time zone on the page"), read),
    )


def _press(behavior: LoadingBehavior) -> Node:
    payload = {"behavior": behavior}
    return {"type": "buttons.press", "payload": payload, "loadingBehavior": behavior}


def _button(label: str, action: Node) -> Node:
    return {"type": "Button", "label": label, "block": True, "onClickAction": action}


DEMONSTRATION = Demonstration(
    tools=tools,
    actions={Press: press, TimeZoneRead: time_zone_read},
    instructions="When the user wants to see what a click looks like, call action_buttons.",
)
