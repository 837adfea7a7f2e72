"""`sample_widget`: a card whose text streams in."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from turnstream.contracts.turns import Json
from turnstream.i18n import N_, Translate
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]

SAMPLE = N_(
    "This card appeared empty, and its words arrive one after the other. "
    "The card was sent once; since then only what is new of its text has been sent. "
    "When the last word is there, the whole card is stored, and a reload shows it as it is now."
)
PIECE = 4
"""Characters at a time: about what a model writes in one token."""
PACE = timedelta(milliseconds=60)
"""The pause between two pieces. The whole sample takes about four seconds."""


class SampleWidget(BaseModel):
    """What the card says."""

    text: Text | None = Field(
        default=None, description="The text of the card. Null means a sample that explains itself."
    )


@tool(
    name="sample_widget",
    description="Show a sample widget: a card whose text streams in.",
    idempotent=True,
)
async def sample_widget(call: ToolContext, args: SampleWidget) -> dict[str, str]:
    """Let the text grow, piece by piece."""
    _ = translator(call.locale)
    text = args.text or _(SAMPLE)
    async with call.streamed_widget(partial(_card, _), "text") as write:
        for start in range(0, len(text), PIECE):
            await write(text[start : start + PIECE])
            await asyncio.sleep(PACE.total_seconds())
    return {"shown": text, "summary": _("That was a widget whose text streamed in.")}


def _card(_: Translate, text: str, streaming: bool) -> Json:
    return {
        "type": "Card",
        "size": "md",
        "children": [
            {
                "type": "Row",
                "align": "center",
                "children": [
                    {"type": "Icon", "name": "sparkle"},
                    {"type": "Title", "value": _("A sample widget"), "size": "sm"},
                ],
            },
            {"type": "Divider"},
            {"type": "Markdown", "id": "text", "value": text, "streaming": streaming},
        ],
    }
