"""The record of a request that an assistant gets."""

from starlette.datastructures import Headers
from turnstream.contracts.identity import Principal, SessionLimits
from turnstream.contracts.owner import Owner
from turnstream_gateway.admission.request_context import context_of
from turnstream_gateway.settings import GatewaySettings


def test_an_assistant_sees_only_the_headers_and_claims_that_an_operator_names() -> None:
    """Under the operator's spelling, and the best known language."""
    sent = Headers({"x-page": "7", "cookie": "secret", "accept-language": "fr, zh-TW;q=0.5"})

    settings = GatewaySettings(context_headers=("X-Page", "X-Other"), context_claims=("email",))
    limits = SessionLimits(titles=False)
    claims = {"email": "alice@acme.example", "sub": "alice"}
    alice = Principal(tenant="acme", user="alice", claims=claims, limits=limits)

    context = context_of(alice, sent["Accept-Language"], sent, {"a": 1}, settings)

    assert context.headers == {"X-Page": "7"}
    assert context.claims == {"email": "alice@acme.example"}
    assert not context.titles
    assert context.locale == "zh-TW"
    assert (context.owner, context.metadata) == (Owner("acme", "alice"), {"a": 1})
