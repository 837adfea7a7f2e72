"""Secrets that we give out: server keys and client secrets.

A secret is a prefix, 256 random bits and a checksum, as
`tsk_<43 characters><6 characters>`. The checksum tells a mistyped or invented one from a real one
before anybody is asked, and lets a scanner of repositories find real ones.
"""

import hashlib
import secrets
import string
import zlib

KEY_PREFIX = "tsk_"
"""The prefix of a server key."""
SESSION_PREFIX = "tss_"
"""The prefix of a session's client secret."""

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 43
"""Characters for 256 bits."""
_CHECKSUM = 6
"""Characters for 32 bits."""
_LENGTH = len(KEY_PREFIX) + _RANDOM + _CHECKSUM


def new_secret(prefix: str) -> str:
    """A fresh secret."""
    text = prefix + _base62(secrets.randbits(256), _RANDOM)
    return text + _checksum(text)


def well_formed(secret: str, prefix: str) -> bool:
    """True for what could be a secret of ours: its form is right, and so is its checksum."""
    return (
        len(secret) == _LENGTH
        and secret.startswith(prefix)
        and secret.isascii()
        and secret[-_CHECKSUM:] == _checksum(secret[:-_CHECKSUM])
    )


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256, in hex. A slow hash is for words that can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM)


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
