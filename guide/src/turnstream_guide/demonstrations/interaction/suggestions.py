"""Buttons that say a sentence: what the demo model offers when it is not sure what was meant.

A click puts the sentence into the thread as the user's message, as if it had been typed, and the
guide answers it. A real model asks back in its own words, so it has no such tool.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from agents import Tool, function_tool
from chatkit.actions import Action
from chatkit.types import (
    InferenceOptions,
    ThreadItemDoneEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from chatkit.widgets import DynamicWidgetRoot
from pydantic import BaseModel, Field
from turnstream.i18n import Translate

from turnstream_guide.cards.cards import Node, card, clicked, decide, replaced, summary_output
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import DemoModel
from turnstream_guide.keyless_model.understanding import SUGGEST
from turnstream_guide.times import now
from turnstream_guide.turn import Events, Turn

KIND = "suggestions"
Sentence = Annotated[str, Field(min_length=1, max_length=200)]
Sentences = Annotated[list[Sentence], Field(min_length=1, max_length=5)]


class SuggestionChoice(BaseModel):
    """The sentence of a button, and those of all."""

    sentence: Sentence
    sentences: Sentences


SaySentence = Action[Literal["sentence.say"], SuggestionChoice]


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that shows the buttons, for the demo model alone."""
    if not isinstance(turn.model, DemoModel):
        return []
    _ = turn.translate

    @function_tool(name_override=SUGGEST)
    async def suggest_sentences(ctx: RunContext, sentences: Sentences) -> str:
        """Show sentences as buttons, for a user who was not understood."""
        await ctx.context.stream_widget(_buttons(_, sentences), "\n".join(sentences))
        return summary_output(
            _(
                "I am the demo model, and not sure what you mean. Pick a sentence, or say it in "
                "other words."
            )
        )

    return [suggest_sentences]


async def say_sentence(action: SaySentence, turn: Turn) -> Events:
    """Say the sentence in the user's name, then have the guide answer."""
    _, said = turn.translate, action.payload
    sender = clicked(turn, KIND)
    decide(turn, sender, said.sentence)
    yield replaced(sender, _buttons(_, said.sentences, said.sentence), said.sentence)
    yield ThreadItemDoneEvent(item=_message(turn, said.sentence))
    async for event in turn.answer():
        yield event


def _message(turn: Turn, text: str) -> UserMessageItem:
    return UserMessageItem(
        id=turn.store.generate_item_id("message", turn.thread, turn.context),
        thread_id=turn.thread.id,
        created_at=now(),
        content=[UserMessageTextContent(text=text)],
        attachments=[],
        inference_options=InferenceOptions(),
    )


def _buttons(_: Translate, sentences: Sequence[str], picked: str = "") -> DynamicWidgetRoot:
    title = {"type": "Title", "value": _("Did you mean one of these?"), "size": "sm"}
    buttons = [_button(sentence, sentences, picked) for sentence in sentences]
    return card(KIND, title, {"type": "Col", "gap": 2, "align": "start", "children": buttons})


def _button(sentence: str, sentences: Sequence[str], picked: str) -> Node:
    button: Node = {"type": "Button", "label": sentence, "variant": "outline"}
    if picked:
        mark = {"style": "primary", "iconStart": "check"} if sentence == picked else {}
        return button | mark | {"disabled": True}
    payload = {"sentence": sentence, "sentences": list(sentences)}
    action = {"type": "sentence.say", "payload": payload, "loadingBehavior": "container"}
    return button | {"onClickAction": action}


DEMONSTRATION = Demonstration(tools=tools, actions={SaySentence: say_sentence})
