"""`send_client_effect`: the page does something, and the tool does not wait for it."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class SendClientEffect(BaseModel):
    """Which effect, with what."""

    name: Name = Field(
        description="The name that the page's `onEffect` gets: lower case letters, digits and _.",
    )
    note: Note | None = Field(default=None, description="A text that goes with it.")


@tool(
    name="send_client_effect",
    description="Fire a client effect: the page reacts to it at once, and no answer comes back.",
    idempotent=True,
)
async def send_client_effect(call: ToolContext, args: SendClientEffect) -> dict[str, str]:
    """Idempotent: a viewer who has seen the effect is not sent it again."""
    _ = translator(call.locale)
    await call.effect(args.name, {"note": args.note or _("From the guide")})
    summary = _("I sent the effect `{name}` to the page; what it does with it is up to the page.")
    return {"sent": args.name, "summary": summary.format(name=args.name)}
