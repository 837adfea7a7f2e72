"""`AUTH=jwt`: tokens that an identity provider signed."""

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import jwt
from cachetools import TLRUCache
from turnstream.contracts.identity import Principal
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.turns import Json
from turnstream.errors import TokenExpired, Unauthorized

from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity.issuer import is_kid
from turnstream_gateway.identity.issuer_keys import IssuerKeys
from turnstream_gateway.identity_settings import IdentitySettings

_TYPES = {"", "jwt", "at+jwt", "application/at+jwt"}
"""What `typ` may say. A logout token or a proof of possession is signed by the same keys."""
_ROOM = 32 * 2**20
"""Bytes of what is remembered, about."""
_SIZE_OF_TOKEN = 4
"""Bytes in memory for each character of a token, with its claims unpacked."""
_LAST_DAY = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class _VerifiedToken(NamedTuple):
    principal: Principal
    until: float
    size: int


class JwtVerifier:
    """Knows users by signed tokens of one issuer, for one audience.

    A token that was verified is remembered until it expires, or until the issuer withdraws a key.
    The key decides the algorithm, never the token.
    """

    def __init__(self, settings: IdentitySettings, keys: IssuerKeys) -> None:
        self._settings = settings
        self._keys = keys
        self._leeway = settings.jwt_leeway.total_seconds()
        self._verified: TLRUCache[bytes, _VerifiedToken] = TLRUCache(
            _ROOM, lambda _, known, __: known.until, time.time, lambda known: known.size
        )
        self._generation = keys.generation

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Part of `Verifier`. A token of another form than a signed one is somebody else's."""
        token = credentials.token
        if token is None or token.count(".") != 2:  # header, claims, signature
            return None
        if self._generation != self._keys.generation:
            self._generation = self._keys.generation
            self._verified.clear()
        name = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(name)
        if known is None:
            known = await self._verify(token)
            self._verified[name] = known
        return known.principal

    async def _verify(self, token: str) -> _VerifiedToken:
        try:
            claims = await self._claims(token)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthorized(f"The token is not valid: {_reason(error)}.") from error
        expires = min(float(claims["exp"]), _LAST_DAY)
        principal = self._principal(claims, expires)
        return _VerifiedToken(principal, expires + self._leeway, _SIZE_OF_TOKEN * len(token))

    async def _claims(self, token: str) -> Json:
        header = jwt.get_unverified_header(token)
        key = await self._key(header)
        try:
            return self._decoded(token, key)
        except jwt.InvalidSignatureError:
            if "kid" in header:
                raise
        await self._keys.refetched()  # an issuer without names of keys may have a new one
        return self._decoded(token, await self._key(header))

    def _decoded(self, token: str, key: jwt.PyJWK) -> Json:
        claims: Json = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=self._settings.jwt_issuer,
            audience=self._settings.jwt_audience,
            leeway=self._leeway,
            options={"require": ["exp", "iss", "aud"]},
        )
        return claims

    async def _key(self, header: Mapping[str, Any]) -> jwt.PyJWK:
        """The key that a token says it was signed with. Raises `Unauthorized`."""
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise Unauthorized("The token is of another type than an access token.")
        kid = header.get("kid")
        if kid is not None and not is_kid(kid):
            raise Unauthorized("The token names no usable key.")
        key = await self._keys.get(kid)
        if key is None:
            raise Unauthorized("The token was signed with a key that the issuer does not have.")
        if header.get("alg") != key.algorithm_name:
            raise Unauthorized("The token was signed in another way than its key is for.")
        return key

    def _principal(self, claims: Json, expires: float) -> Principal:
        """Who the claims say asks. Raises `Unauthorized` where they name nobody."""
        user = claim(claims, self._settings.jwt_user_claim)
        tenant: object = DEFAULT_TENANT
        if self._settings.jwt_tenant_claim is not None:
            tenant = claim(claims, self._settings.jwt_tenant_claim)
        if not isinstance(user, str) or not isinstance(tenant, str):
            raise Unauthorized("The token does not name its user, or its tenant.")
        try:
            owner = Owner.checked(tenant, user)
        except ValueError as error:
            raise Unauthorized(f"The token names nobody we can serve. {error}") from error
        return Principal(
            tenant=owner.tenant,
            user=owner.user,
            method="jwt",
            claims=claims,
            expires_at=datetime.fromtimestamp(expires, UTC),
        )


def claim(claims: Json, path: str) -> object:
    """A claim by its name, which may hold dots as in an address; else by a path of names."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


_REASONS: dict[type[Exception], str] = {
    jwt.InvalidSignatureError: "its signature is wrong",
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.InvalidIssuerError: "it is of another issuer",
    jwt.ImmatureSignatureError: "it is not valid yet",
}


def _reason(error: Exception) -> str:
    """What is wrong, in words of ours: those of the library may quote the token."""
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"it has no {error.claim}"
    return _REASONS.get(type(error), "it cannot be read")
