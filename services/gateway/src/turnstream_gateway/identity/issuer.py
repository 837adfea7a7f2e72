"""What an issuer publishes: its keys, and by discovery where they are."""

import asyncio
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx2
import orjson
from jwt import PyJWK, PyJWTError
from turnstream.contracts.turns import Json
from turnstream.errors import Unavailable

from turnstream_gateway.identity_settings import LOOPBACK, IdentitySettings

_DOCUMENT_LIMIT = 256 * 1024
"""Bytes of a document. Key sets of large issuers have 10 KiB."""
_KEY_LIMIT = 64
"""Keys of a set. Issuers have two to six: before, now, and next."""
_TIMEOUT = 5.0
"""Seconds for one document, from the first byte sent to the last one read."""
_RSA_BITS = 2048
"""The shortest RSA key that is still taken anywhere (RFC 7518, 3.3)."""
_DISCOVERY = "/.well-known/openid-configuration"
_KEY_TYPES = {"RSA", "EC", "OKP"}
"""Key pairs. A shared secret in a public document is a mistake or a trap."""

Keys = Mapping[str | None, PyJWK]
"""The public keys by `kid`. A key without one is stored under None."""
NO_KEYS: Keys = MappingProxyType({})


class Issuer:
    """Reads the documents of one issuer. Each read is bounded in time and size."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._issuer = settings.jwt_issuer or ""
        self._jwks_url = settings.jwks_url
        self._algorithms = frozenset(settings.jwt_algorithms)
        self._http = httpx2.AsyncClient(
            timeout=_TIMEOUT, follow_redirects=False, headers={"Accept-Encoding": "identity"}
        )

    async def keys(self) -> Keys:
        """The keys that may sign tokens now. Raises `Unavailable` with what went wrong."""
        url = self._jwks_url or await self._discovered()
        found = (await self._read(url)).get("keys")
        if not isinstance(found, list) or len(found) > _KEY_LIMIT:
            raise Unavailable(f"{url} holds no set of keys, or more than {_KEY_LIMIT}.")
        keys = {each.key_id: each for each in map(self._key, found) if each is not None}
        if not keys:
            raise Unavailable(f"{url} holds no key that JWT_ALGORITHMS allows.")
        return MappingProxyType(keys)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _discovered(self) -> str:
        """Where the issuer's own document says that its keys are."""
        url = self._issuer.rstrip("/") + _DISCOVERY
        document = await self._read(url)
        address = document.get("jwks_uri")
        if document.get("issuer") != self._issuer:
            raise Unavailable(f"{url} is of another issuer than JWT_ISSUER.")
        if not isinstance(address, str) or not self._trusted(address):
            raise Unavailable(f"{url} names no usable address of keys.")
        return address

    def _trusted(self, address: str) -> bool:
        """`https`; `http` on this machine only where the issuer itself is there."""
        parts = urlsplit(address)
        if parts.scheme == "https":
            return bool(parts.hostname)
        here = urlsplit(self._issuer).hostname in LOOPBACK
        return parts.scheme == "http" and here and parts.hostname in LOOPBACK

    async def _read(self, url: str) -> Json:
        try:
            async with asyncio.timeout(_TIMEOUT):
                document = orjson.loads(await self._body(url))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError) as error:
            raise Unavailable(f"{url}: {error or 'no answer in time'}") from error
        if not isinstance(document, dict):
            raise Unavailable(f"{url} is no JSON object.")
        return document

    async def _body(self, url: str) -> bytes:
        """The body as it comes, for as long as it is of a sensible size. Raises `ValueError`."""
        async with self._http.stream("GET", url) as response:
            if response.status_code != httpx2.codes.OK:
                raise ValueError(f"answered with {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise ValueError("is packed, though we asked that it is not")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _DOCUMENT_LIMIT:
                    raise ValueError(f"is longer than {_DOCUMENT_LIMIT} bytes")
        return bytes(body)

    def _key(self, described: object) -> PyJWK | None:
        """A key for signatures of an allowed kind; None for every other."""
        if not isinstance(described, dict) or described.get("kty") not in _KEY_TYPES:
            return None
        usable = described.get("use", "sig") == "sig"
        operations = described.get("key_ops")
        if not usable or (isinstance(operations, list) and "verify" not in operations):
            return None
        kid = described.get("kid")
        if kid is not None and not is_kid(kid):
            return None
        try:
            key = PyJWK(described)
        except PyJWTError:
            return None
        short = getattr(key.key, "key_size", _RSA_BITS) < _RSA_BITS and key.key_type == "RSA"
        return None if short or key.algorithm_name not in self._algorithms else key


_KID = re.compile(r"[\x20-\x7e]{1,256}")


def is_kid(value: object) -> bool:
    """True for what can be the name of a key. It is compared and never part of an address."""
    return isinstance(value, str) and _KID.fullmatch(value) is not None
