"""A new server key: its secret is made here, and only its digest is kept."""

from datetime import timedelta

from pydantic import SecretStr

from turnstream.contracts.identity import CreatedKey, CreateKey, Scope
from turnstream.contracts.ids import new_id
from turnstream.secrets.issued import KEY_PREFIX, digest, new_secret
from turnstream.store_client import StoreClient


def new_key(
    scopes: frozenset[Scope], name: str = "", expires_after: timedelta | None = None
) -> tuple[CreateKey, SecretStr]:
    """The command that keeps a new key, and its secret, which is nowhere else."""
    secret = new_secret(KEY_PREFIX)
    command = CreateKey(
        id=new_id("key"),
        digest=digest(secret),
        scopes=scopes,
        name=name,
        expires_after=expires_after,
    )
    return command, SecretStr(secret)


async def make_key(
    store: StoreClient,
    tenant: str,
    scopes: frozenset[Scope],
    name: str = "",
    expires_after: timedelta | None = None,
) -> CreatedKey:
    """Make a key. Its secret is in the answer and nowhere else."""
    command, secret = new_key(scopes, name, expires_after)
    return CreatedKey(key=await store.keys.create(tenant, command), secret=secret)
