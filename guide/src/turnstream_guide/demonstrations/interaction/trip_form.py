"""A card as a form, with a button to confirm and one to cancel, and a field of every kind.

ChatKit adds the fields to the payload of `confirm` and `cancel` by their names, dotted names as
nested objects. `required` and `pattern` are checked in the browser only, so everything is validated
here again. The form is decided once: then the card is the plan, and the guide speaks about it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from agents import Tool, function_tool
from chatkit.actions import Action
from chatkit.widgets import DynamicWidgetRoot
from pydantic import BaseModel, BeforeValidator, StringConstraints
from turnstream.i18n import N_, Translate

from turnstream_guide.cards.cards import Node, card, clicked, decide, replaced, summary_output
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Events, Turn

KIND = "trip"
Pace = Literal["slow", "fast"]
Travel = Literal["train", "plane", "bicycle"]
PACES: dict[Pace, str] = {"slow": N_("slow"), "fast": N_("fast")}
TRAVELS: dict[Travel, str] = {
    "train": N_("by train"),
    "plane": N_("by plane"),
    "bicycle": N_("by bicycle"),
}
Place = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Day = Annotated[date | None, BeforeValidator(lambda value: str(value)[:10] if value else None)]
"""The value of a date picker: nothing, a date, or a moment of which only the day counts."""


class Trip(BaseModel):
    """The fields by their names."""

    place: Place
    day: Day = None
    travel: Travel = "train"
    pace: Pace = "slow"
    dog: bool = False
    wishes: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class Form(BaseModel):
    """Every field is named `trip.…`, so they come together."""

    trip: Trip


Confirm = Action[Literal["trip.confirm"], Form]
Cancel = Action[Literal["trip.cancel"], Any]


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that shows the form."""
    _ = turn.translate

    @function_tool
    async def plan_trip(ctx: RunContext, place: str) -> str:
        """Show a form for planning a trip. Nothing is booked.

        Args:
            place: Where to, if the user has said so; else empty.
        """
        await ctx.context.stream_widget(_form(_, place[:80]), _("A form for a trip"))
        return summary_output(_("Fill in the form; nothing is booked."))

    return [plan_trip]


async def confirm(action: Confirm, turn: Turn) -> Events:
    """Turn the form into the plan, and have the guide speak."""
    sender, trip = clicked(turn, KIND), action.payload.trip
    decide(turn, sender, "confirmed")
    plan = _plan(turn.translate, trip)
    yield replaced(sender, _closed(turn.translate("Your trip"), plan), plan)
    async for event in turn.answer():
        yield event


async def cancel(action: Cancel, turn: Turn) -> Events:
    """Close the form. What was filled in is not kept."""
    sender = clicked(turn, KIND)
    decide(turn, sender, "cancelled")
    text = turn.translate("The form was closed.")
    yield replaced(sender, _closed(turn.translate("No trip"), text), text)


def speak(request: Request) -> Plan | None:
    """What the demo model says to a plan."""
    action, payload = request.conversation.action
    if action != "trip.confirm" or request.conversation.outcomes:
        return None
    _ = translator(language(request))
    place = payload.get("trip", {}).get("place", "")
    return Say(_("Have a good time in {place}! Nothing was booked.").format(place=place))


def _form(_: Translate, place: str) -> DynamicWidgetRoot:
    travels = [{"value": value, "label": _(label)} for value, label in TRAVELS.items()]
    paces = [{"value": value, "label": _(label)} for value, label in PACES.items()]
    return card(
        KIND,
        {"type": "Title", "value": _("A trip"), "size": "sm"},
        *_field(_("Where to"), "Input", "place", defaultValue=place, required=True),
        *_field(_("When"), "DatePicker", "day", clearable=True),
        *_field(_("How"), "Select", "travel", options=travels, defaultValue="train"),
        *_field(_("Pace"), "RadioGroup", "pace", options=paces, defaultValue="slow"),
        {"type": "Checkbox", "name": "trip.dog", "label": _("With a dog")},
        *_field(_("Wishes"), "Textarea", "wishes", rows=2),
        asForm=True,
        confirm={"label": _("Plan it"), "action": {"type": "trip.confirm"}},
        cancel={"label": _("Cancel"), "action": {"type": "trip.cancel"}},
    )


def _field(label: str, kind: str, name: str, **properties: object) -> tuple[Node, Node]:
    name = f"trip.{name}"
    return (
        {"type": "Label", "value": label, "fieldName": name},
        {"type": kind, "name": name, **properties},
    )


def _plan(_: Translate, trip: Trip) -> str:
    lines = [
        _("Where to: {place}").format(place=trip.place),
        _("When: {day}").format(day=trip.day.isoformat() if trip.day else _("any time")),
        _("How: {travel}, {pace}").format(travel=_(TRAVELS[trip.travel]), pace=_(PACES[trip.pace])),
        _("With a dog") if trip.dog else "",
        _("Wishes: {wishes}").format(wishes=trip.wishes) if trip.wishes else "",
    ]
    return "\n".join(line for line in lines if line)


def _closed(title: str, text: str) -> DynamicWidgetRoot:
    lines = [{"type": "Text", "value": line} for line in text.splitlines()]
    return card(KIND, {"type": "Title", "value": title, "size": "sm"}, *lines)


DEMONSTRATION = Demonstration(
    tools=tools,
    actions={Confirm: confirm, Cancel: cancel},
    rules=(speak,),
    instructions="When the user wants to fill in a form or to plan a trip, call plan_trip.",
)
