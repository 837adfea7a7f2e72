"""Settings of identity that cannot work are refused in words, before anything listens."""

from typing import Any

import pytest
from pydantic import ValidationError
from turnstream_gateway.settings import GatewaySettings

JWT: dict[str, Any] = {"auth": "jwt", "jwt_issuer": "https://login.example", "jwt_audience": "chat"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"auth": "magic"}, "AUTH=magic is not known"),
        ({"auth": ","}, "at least one"),
        ({"auth": "jwt,jwt,dev"}, "none twice"),
        ({"auth": "dev,jwt"}, "must be last"),
        ({"auth": "jwt"}, "needs JWT_ISSUER and JWT_AUDIENCE"),
        ({"auth": "jwt", "jwt_issuer": "https://login.example"}, "JWT_AUDIENCE"),
        ({"auth": "jwt", "jwt_audience": "chat"}, "JWT_ISSUER"),
        ({**JWT, "jwt_issuer": "http://login.example"}, "https://"),
        ({**JWT, "jwt_issuer": "login.example"}, "https://"),
        ({**JWT, "jwt_issuer": "https://u:p@login.example"}, "no user"),
        ({**JWT, "jwks_url": "file:///etc/keys"}, "https://"),
        ({**JWT, "jwks_url": "http://169.254.169.254/keys"}, "https://"),
        ({**JWT, "jwt_algorithms": "HS256"}, "RS256, ES256, EdDSA"),
        ({**JWT, "jwt_algorithms": "none"}, "RS256, ES256, EdDSA"),
        ({**JWT, "jwt_algorithms": ","}, "RS256, ES256, EdDSA"),
        ({"auth": "proxy"}, "needs PROXY_SECRET or PROXY_NETWORKS"),
        ({"auth": "proxy", "proxy_secret": "short"}, "32 characters"),
        ({"auth": "proxy", "proxy_secret": ",".join(["s" * 32] * 3)}, "1 or 2 secrets"),
        ({"auth": "proxy", "proxy_networks": "everywhere"}, "everywhere"),
        ({"auth": "proxy", "proxy_networks": "0.0.0.0/0"}, "whole world"),
        ({"auth": "dev", "auth_cookie": "chat"}, "AUTH_COOKIE needs"),
        ({**JWT, "auth_cookie": "chat=1; x"}, "pattern"),
        ({"auth": "dev", "host": "0.0.0.0"}, "must not listen"),
        ({**JWT, "auth": "jwt,dev", "host": "0.0.0.0"}, "must not listen"),
    ],
)
def test_what_cannot_work_is_refused(given: dict[str, Any], said: str) -> None:
    """Each with one sentence, and never with the secret in it."""
    with pytest.raises(ValidationError, match=said) as refused:
        GatewaySettings(**given)
    assert refused.value.error_count() == 1


def test_without_dev_a_gateway_may_listen_anywhere() -> None:
    """It knows everybody by proof."""
    assert GatewaySettings(**JWT, host="0.0.0.0").host == "0.0.0.0"


def test_an_issuer_of_this_machine_needs_no_tls() -> None:
    """For development: nobody is on the way."""
    issuer = "http://127.0.0.1:9000"
    assert GatewaySettings(**{**JWT, "jwt_issuer": issuer}).jwt_issuer == issuer
