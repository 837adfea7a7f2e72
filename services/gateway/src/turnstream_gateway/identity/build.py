"""The verifiers of this deployment, in the order of `AUTH`."""

from collections.abc import Callable

from turnstream.settings import ConfigurationError

from turnstream_gateway.identity.auth import Authenticator
from turnstream_gateway.identity.dev import DevVerifier
from turnstream_gateway.identity.verifier import Verifier
from turnstream_gateway.settings import GatewaySettings


def build_authenticator(settings: GatewaySettings) -> Authenticator:
    """What authenticates requests. Nothing connects yet. Raises `ConfigurationError`."""
    known: dict[str, Callable[[], Verifier]] = {
        "dev": lambda: DevVerifier(alone=settings.auth == ("dev",)),
    }
    for name in settings.auth:
        if name not in known:
            raise ConfigurationError(f"AUTH={name} is not known")
    return Authenticator([known[name]() for name in settings.auth])
