"""How a user of a test says who they are, in each way that a gateway may ask for."""

from collections.abc import Mapping
from typing import Protocol

import aiohttp

from tests.support.identity.issuer import PlayedIssuer
from tests.support.system.commands import turnstream

Headers = Mapping[str, str]


class Credentials(Protocol):
    """What a user's client sends along with each request."""

    async def headers(self, user: str) -> Headers:
        """The headers by which the user is known."""
        ...


class NamedUsers(Credentials):
    """Users who are believed, under `AUTH=dev`."""

    async def headers(self, user: str) -> Headers:
        return {"X-User-Id": user}


class TokenUsers(Credentials):
    """Users with a token of an issuer, under `AUTH=jwt`."""

    def __init__(self, issuer: PlayedIssuer) -> None:
        self._issuer = issuer

    async def headers(self, user: str) -> Headers:
        return bearer(self._issuer.token_of(user))


class SessionUsers(Credentials):
    """Users whose server made them a session, under `AUTH=sessions`."""

    def __init__(self, gateway: str, key: str) -> None:
        self._gateway = gateway
        self._key = key

    async def headers(self, user: str) -> Headers:
        asked = {
            "user": user,
            "workflow": {"id": "wf_tests"},
            "rate_limits": {"max_requests_per_1_minute": 10_000},
            "chatkit_configuration": {"file_upload": {"enabled": True}},
        }
        url = f"{self._gateway}/v1/chatkit/sessions"
        async with (
            aiohttp.ClientSession(headers=bearer(self._key), raise_for_status=True) as http,
            http.post(url, json=asked) as response,
        ):
            return bearer((await response.json())["client_secret"])


def bearer(secret: str) -> Headers:
    """A secret as HTTP carries it."""
    return {"Authorization": f"Bearer {secret}"}


def server_key(store_url: str, internal_key: str, *scopes: str) -> str:
    """A server key with these scopes, made as an operator makes one."""
    words = ("keys", "create", "--scope", ",".join(scopes))
    made = turnstream(store_url, internal_key, *words)
    return made.stdout.splitlines()[-1]
