"""`AUTH=keys`: the key of a server, as `turnstream keys create` makes one."""

from turnstream.contracts.identity import ApiKey, Principal, Scope
from turnstream.contracts.owner import Owner
from turnstream.errors import TokenExpired, Unauthorized
from turnstream.secrets.issued import KEY_PREFIX, well_formed

from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity.secret_cache import Description, SecretCache


class KeyVerifier:
    """Knows server keys.

    With `chats`, a key of the scope `chat` acts for the user that `X-User-Id` names. Without, it is
    nobody's user, whatever the request says.
    """

    def __init__(self, keys: SecretCache[ApiKey], *, chats: bool) -> None:
        self._keys = keys
        self._chats = chats

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Part of `Verifier`. Raises `TokenExpired` and `Unavailable`."""
        secret = credentials.token
        if secret is None or not secret.startswith(KEY_PREFIX):
            return None
        if not well_formed(secret, KEY_PREFIX):
            raise Unauthorized("The key is mistyped or cut off.")
        key = await self._keys.get(secret)
        if key is None:
            raise Unauthorized("There is no such key.")
        if key.revoked_at is not None:
            raise Unauthorized("The key was revoked.")
        if not key.valid:
            raise TokenExpired("The key has expired.")
        if not self._chats or credentials.user is None or Scope.CHAT not in key.scopes:
            return key.principal
        return key.principal.model_copy(update={"user": _user(key.tenant, credentials.user)})


def describe(key: ApiKey) -> Description:
    """What a gateway must know to remember a key for a while."""
    return Description(
        ids=key.principal.credential_ids, lasts=key.expires_in if key.valid else None
    )


def _user(tenant: str, name: str) -> str:
    try:
        return Owner.checked(tenant, name.strip()).user
    except ValueError as error:
        raise Unauthorized(f"X-User-Id: {error}") from error
