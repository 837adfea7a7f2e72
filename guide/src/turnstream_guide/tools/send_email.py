"""`send_email`: keeps an email for a mailer, once a person has agreed to it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from turnstream.i18n import N_
from turnstream_tools import SendEmail as StoreEmail
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

ADDRESS = r"[^@\s<>,;:，；：]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"

LABELS = (N_("to"), N_("subject"), N_("body"))
"""The arguments as the card that asks for approval names them: in the user's language."""

Address = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=f"^{ADDRESS}$")
]


def _one_line(text: str) -> str:
    """Without line breaks: a mailer could read the text after one as headers."""
    return " ".join(text.split())


Subject = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class SendEmail(BaseModel):
    """One email to one person."""

    to: Address = Field(description="The address of one recipient, for example: ann@example.com")
    subject: Subject = Field(description="What the email is about, in a few words.")
    body: Body = Field(description="The text of the email, without the subject.")


@tool(
    name="send_email",
    description=(
        "Send an email to one person. The user is shown the email first and agrees or not; "
        "do not ask them for permission yourself."
    ),
    idempotent=True,
    needs_approval=True,
)
async def send_email(call: ToolContext, args: SendEmail) -> dict[str, str]:
    """Keep the email at the store; the mailer of a deployment takes it from there.

    Idempotent: the id follows from the call, and the store adds an id once.
    """
    _ = translator(call.locale)
    email = StoreEmail(
        id=call.derived_id("email"),
        recipient=args.to,
        subject=args.subject,
        body=args.body,
        thread_id=call.thread_id,
    )
    await call.store.emails.add(call.caller, email)
    summary = _("The email to {address} is on its way.").format(address=args.to)
    return {"email_id": email.id, "status": "queued", "summary": summary}
