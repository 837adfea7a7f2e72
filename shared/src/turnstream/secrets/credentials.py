"""Request headers on their way to an assistant, sealed: see docs/decisions/049.

They may hold a user's token. Anyone who reads the database, its backups or Redis finds them sealed;
gateways seal, workers open, and the store only keeps what it can't read.
"""

import orjson
from pydantic import SecretStr

from turnstream.contracts.turns import RequestContext
from turnstream.errors import CredentialsUnreadable
from turnstream.secrets.sealing import Sealer, UnsealError


class Credentials:
    """Takes headers out of a context and puts them back, under the keys of `CREDENTIAL_KEYS`.

    What is sealed can be opened only for the same user, tenant and turn or call.
    """

    def __init__(self, keys: SecretStr | None = None) -> None:
        """Without keys headers stay in the context, as a deployment has it that passes none on."""
        self._seals = None if keys is None else Sealer(keys, "credentials")

    def taken_from(self, context: RequestContext, about: str) -> tuple[RequestContext, str | None]:
        """The context without its headers, and those sealed; the same and None if it has none.

        `about` is the id of the turn or call.
        """
        if self._seals is None or not context.headers:
            return context, None
        sealed = self._seals.seal(orjson.dumps(context.headers), *context.owner, about)
        return context.model_copy(update={"headers": {}}), sealed

    def put_back(self, context: RequestContext, sealed: str | None, about: str) -> RequestContext:
        """The context with what was taken from it. Raises `CredentialsUnreadable`."""
        if sealed is None:
            return context
        if self._seals is None:
            raise CredentialsUnreadable
        try:
            headers = orjson.loads(self._seals.open(sealed, *context.owner, about))
        except (UnsealError, ValueError) as error:
            raise CredentialsUnreadable from error
        return context.model_copy(update={"headers": headers})
