"""`AUTH=proxy`: a proxy in front has authenticated the user, and says who it is."""

import hmac
import re
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import unquote_to_bytes

from fastapi import Request
from turnstream.contracts.identity import Principal
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.errors import Unauthorized
from turnstream.http.forwarded import PEER

from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity_settings import IdentitySettings, ring_of

_ENCODED = re.compile(r"(?:[\x20-\x24\x26-\x7e]|%[0-9A-Fa-f]{2})+")
"""ASCII in which `%` begins an encoded byte."""


class ProxyVerifier:
    """Believes `X-User-Id` and `X-Tenant-Id` of a proxy that has the secret or a known address."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._secrets = [each.encode() for each in ring_of(settings.proxy_secret)]
        self._networks = [ip_network(each) for each in settings.proxy_networks]

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Part of `Verifier`. A request that is of no known proxy is somebody else's."""
        if credentials.proxy_secret is not None:
            self._check(credentials.proxy_secret)
        elif not self._near(credentials.request):
            return None
        if credentials.user is None:
            raise Unauthorized("The proxy named no user in X-User-Id.")
        user = _decoded("X-User-Id", credentials.user)
        tenant = DEFAULT_TENANT
        if credentials.tenant is not None:
            tenant = _decoded("X-Tenant-Id", credentials.tenant)
        try:
            owner = Owner.checked(tenant, user)
        except ValueError as error:
            raise Unauthorized(f"The proxy named nobody we can serve. {error}") from error
        return Principal(tenant=owner.tenant, user=owner.user, method="proxy")

    def _check(self, secret: str) -> None:
        """Every secret is compared, each in constant time."""
        given = secret.encode()
        if not any([hmac.compare_digest(given, each) for each in self._secrets]):  # noqa: C419
            raise Unauthorized("X-Proxy-Secret is not the proxy's.")

    def _near(self, request: Request) -> bool:
        """True for a peer in a named network: the holder of the other end of the connection."""
        try:
            peer = ip_address(request.scope.get(PEER, ""))
        except ValueError:
            return False
        if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
            peer = peer.ipv4_mapped
        return any(peer in network for network in self._networks)


def _decoded(header: str, value: str) -> str:
    """The name in a header: ASCII, or percent-encoded UTF-8. Raises `Unauthorized`."""
    try:
        if _ENCODED.fullmatch(value) is None:
            raise ValueError(value)
        return unquote_to_bytes(value).decode()
    except ValueError as error:
        raise Unauthorized(f"{header} must be ASCII, or percent-encoded UTF-8.") from error
