"""The record of a request that an assistant gets."""

from collections.abc import Mapping

from turnstream.contracts.identity import Principal
from turnstream.contracts.turns import Json, RequestContext
from turnstream.i18n import preferred
from turnstream.tracing.context import checked, traceparent

from turnstream_gateway.settings import GatewaySettings


def context_of(
    principal: Principal,
    accept_language: str | None,
    headers: Mapping[str, str],
    metadata: Json,
    settings: GatewaySettings,
) -> RequestContext:
    """The record of a request that an assistant gets: data only.

    Of the headers and of the token's claims it holds those that the settings name.
    """
    owner, claims = principal.owner, principal.claims
    return RequestContext(
        user_id=owner.user,
        tenant=owner.tenant,
        locale=preferred(accept_language),
        headers={name: headers[name] for name in settings.context_headers if name in headers},
        metadata=metadata,
        state_variables=principal.state_variables,
        claims={name: claims[name] for name in settings.context_claims if name in claims},
        session_id=principal.session_id,
        workflow=principal.workflow,
        titles=principal.limits.titles,
        traceparent=traceparent() or checked(headers.get("traceparent")),
    )
