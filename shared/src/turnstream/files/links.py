"""Links to files that need no other credentials, because an `<img>` can't send any.

What is stored is a reference, which opens nothing and names its file and owner under a signature.
Whenever a document goes to its owner, references become links that work for a while: see
docs/decisions/011. Expiry is told by the clocks of gateways; it counts in minutes, not in seconds.
"""

import base64
import hashlib
import hmac
import os
import re
import time
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlencode

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.errors import LinkRefused
from turnstream.secrets.internal_key import hkdf

SCHEME = "turnstream://files/"
_MARK = SCHEME.encode()
_REFERENCE = re.compile(rb"turnstream://files/([a-z0-9_.]{1,80})\?ref=([A-Za-z0-9_-]{43})")
_NONCE = 12
"""Bytes, as AES-GCM has them."""


def refers_to_files(document: bytes) -> bool:
    """False when `Links.renew` would change nothing in the document, as in most."""
    return _MARK in document


class Links:
    """Makes and checks links under a key that every gateway shares; or under a ring of keys.

    The first key signs, all are taken: what the others signed is good as long as they are there.
    A link names the id of its key. One that names none is tried with all: references, which are
    stored for years, and links of gateways of an earlier version.
    """

    def __init__(self, key: SecretStr, lifetime: timedelta) -> None:
        keys = [each.strip().encode() for each in key.get_secret_value().split(",")]
        self._first = keys[0]
        self._keys = {_key_id(each): each for each in keys}
        self._lifetime = lifetime.total_seconds()

    def reference(self, owner: Owner, key: str) -> str:
        """What to store for a file of the owner's. Only `renew` for that owner makes it a link."""
        return f"{SCHEME}{key}?ref={self._sign('reference', *_signed(owner), key)}"

    def renew(self, document: bytes, owner: Owner, base: str) -> bytes:
        """The document with a fresh link in place of every reference to a file of the owner's.

        `base` is this deployment's address. Another user's reference, or one that somebody made
        up, stays as it is.
        """

        def link(match: re.Match[bytes]) -> bytes:
            key = match[1].decode()
            if not self._matches(match[2].decode(), None, "reference", *_signed(owner), key):
                return match[0]
            return self.link(base, key).encode()

        return _REFERENCE.sub(link, document)

    def link(self, base: str, key: str) -> str:
        """A link that shows a file for between half the lifetime and all of it.

        It changes only every half lifetime, so that a browser may keep what it has loaded.
        """
        step = self._lifetime / 2
        expires = int((time.time() // step + 2) * step)
        query = self._query(expires, sig=self._sign("show", key, expires))
        return f"{base}/files/{key}?{query}"

    def upload_link(self, base: str, attachment_id: str, owner: Owner) -> str:
        """A link that takes the bytes of an attachment, once, for the length of the lifetime.

        Its owner is sealed in it: links are in the logs of proxies. What is sealed can be opened
        for this attachment and this end alone, so it proves the link, too.
        """
        expires = int(time.time() + self._lifetime)
        bound, nonce = _bound(attachment_id, expires), os.urandom(_NONCE)
        sealed = _cipher(self._first, bound).encrypt(nonce, orjson.dumps([*owner]), bound)
        query = self._query(expires, owner=_text(nonce + sealed))
        return f"{base}/attachments/{attachment_id}/content?{query}"

    def check(self, key: str, expires: int, signature: str, key_id: str | None = None) -> None:
        """Raises `LinkRefused` unless we made this link to show a file and it still lasts."""
        if not self._matches(signature, key_id, "show", key, expires):
            raise LinkRefused("This link was not made here.")
        _check_lasts(expires)

    def owner_of_upload(
        self, attachment_id: str, expires: int, sealed: str, key_id: str | None = None
    ) -> Owner:
        """The owner for whom we made this link to upload.

        Raises `LinkRefused` unless we made it and it still lasts.
        """
        bound = _bound(attachment_id, expires)
        for key in self._tried(key_id):
            try:
                given = _raw(sealed)
                opened = _cipher(key, bound).decrypt(given[:_NONCE], given[_NONCE:], bound)
            except (InvalidTag, ValueError):  # another key's, of another upload, or made up
                continue
            _check_lasts(expires)
            return Owner(*orjson.loads(opened))
        raise LinkRefused("This link was not made here.")

    def check_upload(self, attachment_id: str, owner: Owner, expires: int, signature: str) -> None:
        """Raises `LinkRefused` unless a gateway of an earlier version made this link to upload,
        which named its owner, and it still lasts.
        """
        if not self._matches(signature, None, "upload", attachment_id, *_signed(owner), expires):
            raise LinkRefused("This link was not made here.")
        _check_lasts(expires)

    def _query(self, expires: int, **proof: str) -> str:
        return urlencode({"exp": expires, "kid": _key_id(self._first), **proof})

    def _matches(self, signature: str, key_id: str | None, *fields: object) -> bool:
        given = signature.encode()
        return any(
            hmac.compare_digest(_signature(key, *fields).encode(), given)
            for key in self._tried(key_id)
        )

    def _tried(self, key_id: str | None) -> Iterable[bytes]:
        """The key of an id, if it is of the ring; all keys for no id."""
        if key_id is None:
            return self._keys.values()
        return [self._keys[key_id]] if key_id in self._keys else []

    def _sign(self, *fields: object) -> str:
        return _signature(self._first, *fields)


def _check_lasts(expires: int) -> None:
    if time.time() >= expires:
        raise LinkRefused("This link has run out; load the thread again for a new one.")


def _signature(key: bytes, *fields: object) -> str:
    """256 bits over a purpose and its fields, as a JSON array: no two lists read the same."""
    return _text(hmac.digest(key, orjson.dumps([str(each) for each in fields]), hashlib.sha256))


def _key_id(key: bytes) -> str:
    """It says nothing of the key, and is the same on every gateway."""
    return _signature(key, "id")[:8]


def _bound(attachment_id: str, expires: int) -> bytes:
    """What an upload's owner is sealed for: it is part of the key, and of what is authenticated."""
    return orjson.dumps(["upload", attachment_id, str(expires)])


def _cipher(key: bytes, bound: bytes) -> AESGCM:
    return AESGCM(hkdf(key, bound))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    """Raises `ValueError` for what `_text` did not write."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signed(owner: Owner) -> tuple[str, ...]:
    """The fields of a signature that name an owner. References that are older than tenants name a
    user alone, and are the default tenant's.
    """
    return (owner.user,) if owner.tenant == DEFAULT_TENANT else owner
