"""`show_notice`: a message beside the thread."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints
from turnstream.i18n import N_
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Level = Literal["info", "warning", "danger"]
LEVELS: dict[Level, str] = {"info": N_("info"), "warning": N_("warning"), "danger": N_("danger")}


class ShowNotice(BaseModel):
    """What to tell, and how urgent it is."""

    level: Level = Field(description="How urgent the notice is.")
    message: Message | None = Field(
        default=None, description="Markdown. Null means a sample that explains itself."
    )


@tool(
    name="show_notice",
    description="Show the user a notice beside the conversation. It is not stored.",
    idempotent=True,
)
async def show_notice(call: ToolContext, args: ShowNotice) -> dict[str, str]:
    """Show it once; a reload shows the thread without it."""
    _ = translator(call.locale)
    sample = _("This is a notice of the level **{level}**. It is gone when you reload the page.")
    message = args.message or sample.format(level=_(LEVELS[args.level]))
    await call.notice(args.level, message, title=_("A notice"))
    return {"shown": message, "summary": _("The notice is shown above the composer.")}
