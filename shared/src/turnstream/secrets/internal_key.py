"""The internal key: what the services of a deployment show each other."""

import hmac
from hashlib import sha256

HEADER = "Turnstream-Internal-Key"
SHORTEST = 32
"""Characters of a key."""
_LARGEST = 2
"""Keys of a ring: the one in use, and the next or the last one."""


class KeyRing:
    """One key, or two while it is being changed: the first is used, all of them are taken.

    A key is changed without a pause in three rolling restarts: with `old,new` all services learn to
    take the new one, with `new,old` they begin to use it, with `new` they forget the old one.
    """

    def __init__(self, text: str) -> None:
        """Raises `ValueError`, which repeats nothing of the text."""
        keys = [each.strip() for each in text.split(",")]
        if len(keys) > _LARGEST:
            raise ValueError(f"it must have one key, or {_LARGEST} with a comma between")
        if any(len(each) < SHORTEST for each in keys):
            raise ValueError(f"each key must have at least {SHORTEST} characters")
        if not all(each.isascii() and each.isprintable() and " " not in each for each in keys):
            raise ValueError("a key must be of visible ASCII characters")
        self.first = keys[0]
        self._keys = [each.encode() for each in keys]

    def __repr__(self) -> str:
        return f"KeyRing({len(self._keys)})"

    def has(self, shown: bytes) -> bool:
        """True for a key of the ring. The time it takes does not tell how much of it is right."""
        return any(hmac.compare_digest(shown, each) for each in self._keys)

    def derived(self, label: str) -> list[bytes]:
        """A key for another purpose from each of ours, in their order."""
        return [hkdf(each, label.encode()) for each in self._keys]


def hkdf(key: bytes, label: bytes) -> bytes:
    """32 bytes for one purpose, from which nobody learns the key (RFC 5869 with SHA-256)."""
    extracted = hmac.digest(bytes(sha256().digest_size), key, sha256)
    return hmac.digest(extracted, label + b"\x01", sha256)
