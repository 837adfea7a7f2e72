"""A sync action: a star that can be set while a turn runs, and that makes no turn.

The button has `streaming: false`, so its action comes as `threads.sync_custom_action` and is
answered with the changed item while an answer may be streaming in the same thread. The payload
names the state that is wanted instead of flipping it: the same click twice changes nothing.
"""

from collections.abc import Sequence
from typing import Literal

from agents import Tool, function_tool
from chatkit.actions import Action
from chatkit.types import SyncCustomActionResponse
from pydantic import BaseModel
from turnstream.i18n import N_, Translate

from turnstream_guide.cards.cards import Node, card, clicked, replaced, summary_output
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.turn import Turn

KIND = "tip"
TIPS = {
    1: N_("Reload the page in the middle of an answer: it goes on where it was."),
    2: N_("Press Stop: the model stops being paid for within a second, and the text stays."),
    3: N_("Send a second message while an answer is running: it waits for its turn."),
}


class FavouriteState(BaseModel):
    """The state that is wanted."""

    favourite: bool


SetFavourite = Action[Literal["tip.favourite"], FavouriteState]


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that shows a tip."""
    _ = turn.translate

    @function_tool
    async def show_tip(ctx: RunContext, number: Literal[1, 2, 3]) -> str:
        """Show one of three tips about this chat, with a star to make it a favourite."""
        text = _(TIPS[number])
        tip = card(KIND, {"type": "Text", "value": text}, _star(_, favourite=False))
        await ctx.context.stream_widget(tip, text)
        return summary_output(_("The star works at any time, also while I am talking."))

    return [show_tip]


async def set_favourite(action: SetFavourite, turn: Turn) -> SyncCustomActionResponse:
    """Fill or empty the star; everything else of the widget stays as it is stored."""
    sender, favourite = clicked(turn, KIND), action.payload.favourite
    *rest, _old_star = sender.widget.model_dump(exclude_none=True)["children"]
    text: str = rest[0]["value"]
    tip = card(KIND, *rest, _star(turn.translate, favourite=favourite))
    item = replaced(sender, tip, f"★ {text}" if favourite else text).item
    await turn.store.save_item(turn.thread.id, item, turn.context)
    return SyncCustomActionResponse(updated_item=item)


def _star(_: Translate, *, favourite: bool) -> Node:
    action = {
        "type": "tip.favourite",
        "payload": {"favourite": not favourite},
        "streaming": False,
        "loadingBehavior": "self",
    }
    return {
        "type": "Button",
        "label": _("Favourite"),
        "iconStart": "star-filled" if favourite else "star",
        "variant": "ghost",
        "onClickAction": action,
    }


DEMONSTRATION = Demonstration(
    tools=tools,
    sync_actions={SetFavourite: set_favourite},
    instructions="When the user wants a tip, call show_tip. A ★ before it means that the user made "
    "it a favourite.",
)
