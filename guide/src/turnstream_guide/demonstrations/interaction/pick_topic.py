"""Buttons: the user picks a topic, the card keeps the choice, and the guide speaks about it.

The server handles the action and replaces the widget: all buttons are disabled, and the chosen one
is marked. A second click is refused, and the first choice stays.
"""

from collections.abc import Sequence
from typing import Literal

from agents import Tool, function_tool
from chatkit.actions import Action
from chatkit.widgets import DynamicWidgetRoot
from pydantic import BaseModel
from turnstream.i18n import N_, Translate

from turnstream_guide.cards.cards import Node, card, clicked, decide, replaced, summary_output
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Events, Turn

KIND = "topic"
Topic = Literal["widgets", "client_tools", "crashes"]

LABELS: dict[Topic, str] = {
    "widgets": N_("Widgets"),
    "client_tools": N_("Client tools"),
    "crashes": N_("Crashes"),
}
SPOKEN: dict[str, str] = {
    "widgets": N_(
        "Widgets are cards, lists and forms made of JSON. They stay in the thread, and what you "
        "do with them comes back to the server as an action. This choice was one."
    ),
    "client_tools": N_(
        "A client tool runs on the page: the server asks, the turn ends, and the page's answer "
        'begins the next one. "Switch to the dark theme" is an example.'
    ),
    "crashes": N_(
        "When a worker dies in the middle of an answer another one goes on from what was recorded. "
        "You see a pause, nothing is lost and nothing happens twice."
    ),
}
"""What the keyless demo model knows about each topic; a real model finds its own words."""


class TopicChoice(BaseModel):
    """The topic that a user chose, one of those that there are."""

    topic: Topic


PickTopic = Action[Literal["topic.pick"], TopicChoice]


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that shows the buttons."""
    _ = turn.translate

    @function_tool
    async def offer_topics(ctx: RunContext) -> str:
        """Show buttons with topics about ChatKit, of which the user picks one."""
        await ctx.context.stream_widget(_topics(_), _("Topics to pick from"))
        return summary_output(_("Pick a topic and I will tell you about it."))

    return [offer_topics]


async def pick_topic(action: PickTopic, turn: Turn) -> Events:
    """Mark the choice, then have the guide speak."""
    _, topic = turn.translate, action.payload.topic
    sender = clicked(turn, KIND)
    decide(turn, sender, topic)
    picked = _("Picked: {topic}").format(topic=_(LABELS[topic]))
    yield replaced(sender, _topics(_, topic), picked)
    async for event in turn.answer():
        yield event


def speak(request: Request) -> Plan | None:
    """How the demo model speaks about a topic that was picked."""
    action, payload = request.conversation.action
    if action != "topic.pick" or request.conversation.outcomes:
        return None
    return Say(translator(language(request))(SPOKEN.get(str(payload.get("topic")), "")))


def _topics(_: Translate, picked: Topic | None = None) -> DynamicWidgetRoot:
    buttons = [_button(_, topic, picked) for topic in LABELS]
    title = {"type": "Title", "value": _("What would you like to hear about?"), "size": "sm"}
    return card(KIND, title, {"type": "Row", "gap": 2, "wrap": "wrap", "children": buttons})


def _button(_: Translate, topic: Topic, picked: Topic | None) -> Node:
    button: Node = {"type": "Button", "label": _(LABELS[topic])}
    if picked is None:
        payload = {"topic": topic}
        action = {"type": "topic.pick", "payload": payload, "loadingBehavior": "container"}
        return button | {"onClickAction": action}
    mark = {"style": "primary", "iconStart": "check"} if topic == picked else {}
    return button | mark | {"disabled": True}


DEMONSTRATION = Demonstration(
    tools=tools,
    actions={PickTopic: pick_topic},
    rules=(speak,),
    instructions="When the user wants to see buttons or asks what there is to learn about, call "
    "offer_topics. When they have picked a topic, explain it in three sentences.",
)
