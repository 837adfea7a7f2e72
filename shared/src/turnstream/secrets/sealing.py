"""Sealing: what is kept in a database and must be read by nobody who reads the database."""

import base64
import binascii
import os

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from turnstream.secrets.internal_key import KeyRing, hkdf

_NONCE = 12
"""Bytes, as AES-GCM has them."""
_FORM = b"1"
"""The first byte of what is sealed, for a form that is not known yet."""


class UnsealError(Exception):
    """It was sealed with another key or for something else, or it is cut short."""


class Sealer:
    """Seals bytes with AES-256-GCM under the keys of a ring: the first seals, all of them open.

    `bound` says what the bytes belong to. It is part of the key, so that no key seals twice with
    one nonce as long as nothing is sealed for the same thing again and again, and of what is
    authenticated: what is sealed for one thing opens for no other.
    """

    def __init__(self, keys: SecretStr, purpose: str) -> None:
        self._keys = KeyRing(keys.get_secret_value()).derived(purpose)

    def seal(self, open_: bytes, *bound: str) -> str:
        """What may be kept."""
        about, nonce = orjson.dumps(bound), os.urandom(_NONCE)
        closed = _cipher(self._keys[0], about).encrypt(nonce, open_, about)
        return base64.urlsafe_b64encode(_FORM + nonce + closed).decode()

    def open(self, sealed: str, *bound: str) -> bytes:
        """What was sealed for the same thing. Raises `UnsealError`."""
        try:
            form = base64.urlsafe_b64decode(sealed)
        except (binascii.Error, ValueError) as error:
            raise UnsealError from error
        about, begin = orjson.dumps(bound), len(_FORM)
        nonce, closed = form[begin : begin + _NONCE], form[begin + _NONCE :]
        for key in self._keys:
            try:
                return _cipher(key, about).decrypt(nonce, closed, about)
            except (InvalidTag, ValueError):  # another key's, or cut short
                continue
        raise UnsealError


def _cipher(key: bytes, about: bytes) -> AESGCM:
    return AESGCM(hkdf(key, about))
