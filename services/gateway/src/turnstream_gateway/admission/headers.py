"""The headers of a ChatKit request: the client's key, its policy, and what assistants may see."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from turnstream.contracts.identity import Principal
from turnstream.contracts.turns import BusyPolicy, Json, RequestContext
from turnstream.errors import BadRequest
from turnstream.i18n import preferred
from turnstream.tracing import context

from turnstream_gateway.settings import GatewaySettings

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


class ChatHeaders(BaseModel):
    """The headers that say how a request is to be taken. Raises `BadRequest` for unusable ones."""

    model_config = ConfigDict(frozen=True)

    idempotency_key: Annotated[str, AfterValidator(_usable_key)] | None = Field(
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

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "ChatHeaders":
        """The headers of a request, by names in any case. Raises `BadRequest`."""
        given = ((name, headers.get(name)) for name in _NAMES)
        return cls.model_validate({name: value for name, value in given if value is not None})

    @property
    def resumable(self) -> bool:
        """True for a client that comes back by position after a lost connection."""
        return self.client.lower() == RESUMABLE


_NAMES = tuple(field.alias for field in ChatHeaders.model_fields.values() if field.alias)


def header_parameters() -> list[Json]:
    """The headers as OpenAPI describes parameters.

    A parameter of the route would have FastAPI describe them, and read each one for every message:
    that took 2 % of a first event.
    """
    described = []
    model = ChatHeaders.model_json_schema()
    definitions = {f"#/$defs/{name}": schema for name, schema in model["$defs"].items()}
    for name, schema in model["properties"].items():
        told = {key: value for key, value in schema.items() if key != "description"}
        if "anyOf" in told:
            told["anyOf"] = [definitions.get(each.get("$ref"), each) for each in told["anyOf"]]
        described.append(
            {
                "name": name,
                "in": "header",
                "required": False,
                "schema": told,
                "description": schema["description"],
            }
        )
    return described


def context_of(
    headers: Mapping[str, str], principal: Principal, metadata: Json, settings: GatewaySettings
) -> RequestContext:
    """The record of a request that an assistant gets: data only.

    Of the headers and of the token's claims it holds those that the settings name.
    """
    owner, claims = principal.owner, principal.claims
    return RequestContext(
        user_id=owner.user,
        tenant=owner.tenant,
        locale=preferred(headers.get("Accept-Language")),
        headers={name: headers[name] for name in settings.context_headers if name in headers},
        metadata=metadata,
        state_variables=principal.state_variables,
        claims={name: claims[name] for name in settings.context_claims if name in claims},
        session_id=principal.session_id,
        workflow=principal.workflow,
        titles=principal.limits.titles,
        traceparent=context.traceparent() or context.checked(headers.get("traceparent")),
    )
