"""Links to files that need no other credentials, because an `<img>` can't send any.

What is stored is a reference, which opens nothing and names its file and owner under a signature.
Whenever a document goes to its owner, references become links that work for a while: see
docs/decisions/011. Expiry is told by the clocks of gateways; it counts in minutes, not in seconds.
"""

import base64
import hashlib
import hmac
import re
import time
from datetime import timedelta
from urllib.parse import urlencode

import orjson
from pydantic import SecretStr

from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.errors import LinkRefused

SCHEME = "turnstream://files/"
_MARK = SCHEME.encode()
_REFERENCE = re.compile(rb"turnstream://files/([a-z0-9_.]{1,80})\?ref=([A-Za-z0-9_-]{43})")


def refers_to_files(document: bytes) -> bool:
    """False when `Links.renew` would change nothing in the document, as in most."""
    return _MARK in document


class Links:
    """Makes and checks links under a key that every gateway shares; or under a ring of keys.

    The first key signs, all are taken: what the others signed is good as long as they are there.
    """

    def __init__(self, key: SecretStr, lifetime: timedelta) -> None:
        self._keys = [each.strip().encode() for each in key.get_secret_value().split(",")]
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
            if not self._matches(match[2].decode(), "reference", *_signed(owner), key):
                return match[0]
            return self.link(base, key).encode()

        return _REFERENCE.sub(link, document)

    def link(self, base: str, key: str) -> str:
        """A link that shows a file for between half the lifetime and all of it.

        It changes only every half lifetime, so that a browser may keep what it has loaded.
        """
        step = self._lifetime / 2
        expires = int((time.time() // step + 2) * step)
        query = urlencode({"exp": expires, "sig": self._sign("show", key, expires)})
        return f"{base}/files/{key}?{query}"

    def upload_link(self, base: str, attachment_id: str, owner: Owner) -> str:
        """A link that takes the bytes of an attachment, once, for the length of the lifetime."""
        expires = int(time.time() + self._lifetime)
        signature = self._sign("upload", attachment_id, *_signed(owner), expires)
        query = urlencode({**owner._asdict(), "exp": expires, "sig": signature})
        return f"{base}/attachments/{attachment_id}/content?{query}"

    def check(self, key: str, expires: int, signature: str) -> None:
        """Raises `LinkRefused` unless we made this link to show a file and it still lasts."""
        self._check(signature, expires, "show", key, expires)

    def check_upload(self, attachment_id: str, owner: Owner, expires: int, signature: str) -> None:
        """Raises `LinkRefused` unless we made this link to upload and it still lasts."""
        self._check(signature, expires, "upload", attachment_id, *_signed(owner), expires)

    def _check(self, signature: str, expires: int, *parts: object) -> None:
        if not self._matches(signature, *parts):
            raise LinkRefused("This link was not made here.")
        if time.time() >= expires:
            raise LinkRefused("This link has run out; load the thread again for a new one.")

    def _matches(self, signature: str, *parts: object) -> bool:
        given = signature.encode()
        return any(
            hmac.compare_digest(_signature(key, *parts).encode(), given) for key in self._keys
        )

    def _sign(self, *parts: object) -> str:
        return _signature(self._keys[0], *parts)


def _signature(key: bytes, *parts: object) -> str:
    """256 bits over a purpose and its parts, as a JSON array: no two lists read the same."""
    made = hmac.digest(key, orjson.dumps([str(part) for part in parts]), hashlib.sha256)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _signed(owner: Owner) -> tuple[str, ...]:
    """The parts of a signature that name an owner. References that are older than tenants name a
    user alone, and are the default tenant's.
    """
    return (owner.user,) if owner.tenant == DEFAULT_TENANT else owner
