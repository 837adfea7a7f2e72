"""Settings that say who may come in."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from turnstream.settings import Duration, HttpSettings, Words, words

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
VERIFIERS = ("jwt", "sessions", "keys", "proxy", "dev")
"""What `AUTH` may name beside functions of an app."""

_SHORTEST_SECRET = 32
"""Characters: 128 bits, written in hex."""
_RING = 2
"""Secrets that are taken at a time: the new one and the one that it replaces."""


ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Signatures with a key pair: the gateway holds nothing that could make a token."""


def _issuer_address(text: str) -> str:
    """`https`, or `http` on this machine: anyone who can change the keys on their way is any
    user.
    """
    parts = urlsplit(text)
    loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or loopback):
        raise ValueError("it must begin with https://, or with http:// on loopback")
    if parts.username or parts.fragment:
        raise ValueError("it must hold no user and no fragment")
    return text


def _ring(secret: SecretStr) -> SecretStr:
    secrets = ring_of(secret)
    if not 1 <= len(secrets) <= _RING:
        raise ValueError(f"it holds 1 or {_RING} secrets, with a comma between")
    if any(len(each) < _SHORTEST_SECRET for each in secrets):
        raise ValueError(f"a secret has at least {_SHORTEST_SECRET} characters")
    return secret


def ring_of(secret: SecretStr | None) -> tuple[str, ...]:
    """The secrets of a setting that may hold two, so that one can replace the other in peace."""
    return tuple(words(secret.get_secret_value())) if secret is not None else ()  # type: ignore[arg-type]


def _networks(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(ip_network(name).prefixlen for name in names):
        raise ValueError("it can't name the whole world")
    return names


def _algorithms(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or set(names) - set(ALGORITHMS):
        raise ValueError(f"it names some of {', '.join(ALGORITHMS)}")
    return names


Algorithms = Annotated[Words, AfterValidator(_algorithms)]
IssuerAddress = Annotated[str, AfterValidator(_issuer_address)]
SecretRing = Annotated[SecretStr, AfterValidator(_ring)]
Networks = Annotated[Words, AfterValidator(_networks)]


class IdentitySettings(HttpSettings):
    """Who may come in, and how they are known."""

    auth: Words = ("dev",)
    """How users are known, a list that is tried in its order. `jwt`: a token of your identity
    provider. `sessions`: client secrets as hosted ChatKit has them. `keys`: server keys. `proxy`: a
    proxy in front says it. `module:callable`: a function of yours. `dev`, last: the user is the
    value of the `X-User-Id` header, or `anonymous`."""
    dev_auth_beyond_loopback: bool = False
    """Let `AUTH=dev` listen on other interfaces than loopback. Anyone who reaches the port can then
    be any user, so use it only on a private network, behind a proxy that authenticates and sets
    `X-User-Id`."""
    auth_cookie: str | None = Field(default=None, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
    """Name of a cookie that holds the token, where no `Authorization` header does. Requests that
    change something must then come from a page of the same origin."""
    jwt_issuer: IssuerAddress | None = None
    """The `iss` of tokens, for `AUTH=jwt`. The address of its keys is looked up there, as OpenID
    Connect has it, unless `JWKS_URL` names it."""
    jwt_audience: Words = ()
    """What `aud` of a token must name, for `AUTH=jwt`; of several, one."""
    jwks_url: IssuerAddress | None = None
    """Where the issuer publishes its keys."""
    jwt_algorithms: Algorithms = ALGORITHMS
    """Signatures that are taken. A token can't choose another."""
    jwt_user_claim: str = "sub"
    """The claim of a token that names the user; `a.b` is a claim within a claim."""
    jwt_tenant_claim: str | None = None
    """The claim of a token that names the tenant. A token without it is then refused. Unset, every
    user is of the tenant `default`."""
    jwt_leeway: Duration = timedelta(seconds=30)
    """How far the clocks of the issuer and of this machine may differ."""
    context_claims: Words = ()
    """Claims of a token that an assistant may see, in `context.claims`."""
    proxy_secret: SecretRing | None = None
    """What a proxy in front sends as `X-Proxy-Secret`, for `AUTH=proxy`: at least 32 characters.
    While you replace it, the new one and the old one, with a comma between."""
    proxy_networks: Networks = ()
    """Addresses and networks (`10.0.0.0/8`) of proxies that need no secret, for `AUTH=proxy`. The
    peer of the connection counts, not `X-Forwarded-For`."""

    @model_validator(mode="after")
    def _usable(self) -> "IdentitySettings":
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> list[str]:
        """What keeps `AUTH` from working, in words for an operator."""
        found = [
            f"AUTH={name} is not known; use {', '.join(VERIFIERS)} or module:callable"
            for name in self.auth
            if name not in VERIFIERS and ":" not in name
        ]
        if not self.auth or len(set(self.auth)) < len(self.auth):
            found.append("AUTH names at least one way, and none twice")
        if "dev" in self.auth[:-1]:
            found.append("AUTH: dev takes everybody, so it must be last")
        if "jwt" in self.auth and not (self.jwt_issuer and self.jwt_audience):
            found.append("AUTH=jwt needs JWT_ISSUER and JWT_AUDIENCE")
        if self.auth_cookie and set(self.auth) <= {"keys", "proxy", "dev"}:
            found.append("AUTH_COOKIE needs jwt, sessions or module:callable in AUTH")
        if "proxy" in self.auth and not (self.proxy_secret or self.proxy_networks):
            found.append("AUTH=proxy needs PROXY_SECRET or PROXY_NETWORKS")
        if "dev" in self.auth and self.host not in LOOPBACK and not self.dev_auth_beyond_loopback:
            found.append(
                f"AUTH=dev trusts the X-User-Id header and must not listen on {self.host}. "
                "Set DEV_AUTH_BEYOND_LOOPBACK=1 if this network is private."
            )
        return found
