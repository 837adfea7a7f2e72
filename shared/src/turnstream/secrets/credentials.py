"""Request headers on their way to an assistant, sealed: see docs/decisions/049.

They may hold a user's token. Whoever reads the database, its backups or Redis finds them sealed;
gateways seal, workers open, and the store only keeps what it can't read.
"""

import base64
import binascii
import os

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from turnstream.contracts.turns import RequestContext
from turnstream.errors import CredentialsUnreadable
from turnstream.secrets.internal_key import KeyRing, hkdf

_NONCE = 12
"""Bytes, as AES-GCM has them."""
_FORM = b"1"
"""The first byte of what is sealed, for a form that is not known yet."""


class Credentials:
    """Takes headers out of a context and puts them back, under the keys of `CREDENTIAL_KEYS`.

    What is sealed can be opened only for the same user, tenant and turn or call: they are part of
    the key, so no key seals twice with one nonce, and of what is authenticated.
    """

    def __init__(self, keys: SecretStr | None = None) -> None:
        """Without keys headers stay in the context, as a deployment has it that passes none on."""
        self._keys = [] if keys is None else KeyRing(keys.get_secret_value()).derived("credentials")

    def taken_from(self, context: RequestContext, about: str) -> tuple[RequestContext, str | None]:
        """The context without its headers, and those sealed; the same and None if it has none.

        `about` is the id of the turn or call.
        """
        if not self._keys or not context.headers:
            return context, None
        bound, nonce = _bound(context, about), os.urandom(_NONCE)
        closed = _cipher(self._keys[0], bound).encrypt(nonce, orjson.dumps(context.headers), bound)
        sealed = base64.urlsafe_b64encode(_FORM + nonce + closed).decode()
        return context.model_copy(update={"headers": {}}), sealed

    def put_back(self, context: RequestContext, sealed: str | None, about: str) -> RequestContext:
        """The context with what was taken from it. Raises `CredentialsUnreadable`."""
        if sealed is None:
            return context
        try:
            form = base64.urlsafe_b64decode(sealed)
        except (binascii.Error, ValueError) as error:
            raise CredentialsUnreadable from error
        bound, begin = _bound(context, about), len(_FORM)
        nonce, closed = form[begin : begin + _NONCE], form[begin + _NONCE :]
        for key in self._keys:
            try:
                headers = orjson.loads(_cipher(key, bound).decrypt(nonce, closed, bound))
            except (InvalidTag, ValueError):  # another key's, or cut short
                continue
            return context.model_copy(update={"headers": headers})
        raise CredentialsUnreadable


def _bound(context: RequestContext, about: str) -> bytes:
    return orjson.dumps([*context.owner, about])


def _cipher(key: bytes, bound: bytes) -> AESGCM:
    return AESGCM(hkdf(key, bound))
