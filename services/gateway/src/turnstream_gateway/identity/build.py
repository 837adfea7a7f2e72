"""The verifiers of this deployment, in the order of `AUTH`."""

from collections.abc import Callable, Sequence
from typing import cast

from turnstream.contracts.rates import parse_rate
from turnstream.redis.rates import Counter
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_gateway.identity.auth import Authenticator
from turnstream_gateway.identity.cookies import TokenCookie
from turnstream_gateway.identity.failed_logins import FailedLogins
from turnstream_gateway.identity.issuer import Issuer
from turnstream_gateway.identity.issuer_keys import IssuerKeys
from turnstream_gateway.identity.operators import Operators
from turnstream_gateway.identity.own_pages import OwnPages
from turnstream_gateway.identity.revocations import Revocations
from turnstream_gateway.identity.secret_cache import SecretCache
from turnstream_gateway.identity.verifier import Verifier
from turnstream_gateway.identity.verifiers import keys, sessions
from turnstream_gateway.identity.verifiers.custom import CustomVerifier
from turnstream_gateway.identity.verifiers.dev import DevVerifier
from turnstream_gateway.identity.verifiers.keys import KeyVerifier
from turnstream_gateway.identity.verifiers.proxy import ProxyVerifier
from turnstream_gateway.identity.verifiers.sessions import SessionVerifier
from turnstream_gateway.identity.verifiers.tokens import JwtVerifier
from turnstream_gateway.settings import GatewaySettings

log = get_logger(__name__)


def build_authenticator(
    settings: GatewaySettings, store: StoreClient, revocations: Revocations, counter: Counter
) -> Authenticator:
    """What authenticates requests. Nothing connects yet. Raises `ConfigurationError`."""
    issuer_keys = IssuerKeys(Issuer(settings)) if "jwt" in settings.auth else None
    known: dict[str, Callable[[], Verifier]] = {
        "jwt": lambda: JwtVerifier(settings, cast(IssuerKeys, issuer_keys)),
        "sessions": lambda: SessionVerifier(
            SecretCache(store.sessions.find, sessions.describe, revocations)
        ),
        "keys": lambda: KeyVerifier(
            SecretCache(store.keys.find, keys.describe, revocations),
            chats="keys" in settings.auth,
        ),
        "proxy": lambda: ProxyVerifier(settings),
        "dev": lambda: DevVerifier(alone=settings.auth == ("dev",)),
    }
    names = _with_keys_for_sessions(settings.auth)
    verifiers = [known[name]() if name in known else CustomVerifier(name) for name in names]
    pages = OwnPages(settings.public_url, settings.cors_origins)
    cookie = TokenCookie(settings.auth_cookie, pages) if settings.auth_cookie else None
    failed = FailedLogins(counter, parse_rate(settings.rate_failed_logins))
    return Authenticator(verifiers, pages, cookie, issuer_keys, failed=failed)


def build_operators(
    settings: GatewaySettings, store: StoreClient, revocations: Revocations, counter: Counter
) -> Operators:
    """What knows operators, by their keys alone. No page of another origin may act for them."""
    verifier = KeyVerifier(SecretCache(store.keys.find, keys.describe, revocations), chats=False)
    failed = FailedLogins(counter, parse_rate(settings.rate_failed_logins))
    return Operators(verifier, OwnPages(settings.public_url), failed)


def _with_keys_for_sessions(names: Sequence[str]) -> list[str]:
    """A server key is known as well with `sessions`, for the routes that make sessions.

    That it may chat for any user is for `keys` to say.
    """
    asked = list(names)
    if "sessions" in asked and "keys" not in asked:
        asked.insert(asked.index("sessions") + 1, "keys")
    return asked


def warn_of_dev(settings: GatewaySettings) -> None:
    """Say at the start that anybody can be anybody."""
    if "dev" in settings.auth:
        log.warning(
            "AUTH=dev is on: anyone who reaches this port is the user they name", host=settings.host
        )
