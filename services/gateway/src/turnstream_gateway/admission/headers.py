"""The headers of a ChatKit request: the client's key, its policy, its kind and its languages."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from turnstream.contracts.turns import BusyPolicy
from turnstream.errors import BadRequest

RESUMABLE = "resumable"
"""Value of `Turnstream-Client` for a client that comes back by position after a lost connection."""
_KEY_LIMIT = 200
"""Characters of an idempotency key."""


def _usable_key(key: str) -> str:
    if not (0 < len(key) <= _KEY_LIMIT and key.isprintable()):
        raise BadRequest(f"Idempotency-Key must hold 1 to {_KEY_LIMIT} printable characters.")
    return key


def _policy(value: object) -> object:
    try:
        return BusyPolicy(str(value).lower())
    except ValueError as error:
        choices = ", ".join(BusyPolicy)
        raise BadRequest(f"Turnstream-When-Busy must be one of {choices}.") from error


IdempotencyKey = Annotated[str, AfterValidator(_usable_key)]
"""A client's key. Raises `BadRequest` for one that is unusable."""


class ChatHeaders(BaseModel):
    """The headers that say how a request is to be taken. Raises `BadRequest` for unusable ones.

    FastAPI reads and documents them: a route's dependency takes them as `Annotated[…, Header()]`.
    """

    model_config = ConfigDict(frozen=True)

    idempotency_key: IdempotencyKey | None = Field(
        default=None,
        alias="Idempotency-Key",
        description="The same key and user give the same turn and the same stream.",
    )
    when_busy: Annotated[BusyPolicy, BeforeValidator(_policy)] | None = Field(
        default=None, alias="Turnstream-When-Busy", description="Policy for a busy thread."
    )
    client: str = Field(
        default="",
        alias="Turnstream-Client",
        description="`resumable`: a lost connection is not a Stop, and the end is an event.",
    )
    accept_language: str | None = Field(
        default=None,
        alias="Accept-Language",
        description="The best known language is the assistant's `context.locale`.",
    )

    @property
    def resumable(self) -> bool:
        """True for a client that comes back by position after a lost connection."""
        return self.client.lower() == RESUMABLE
