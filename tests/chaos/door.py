"""How the visitors of a world prove who they are."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
from turnstream_devstack.stack import Stack

from tests.support.identity.credentials import (
    Credentials,
    NamedUsers,
    SessionUsers,
    TokenUsers,
    server_key,
)
from tests.support.identity.issuer import PlayedIssuer, played_issuer
from tests.support.waiting import wait_until_async

DEV = "dev"
_TIMEOUT = 90.0
"""Seconds in which somebody gets in: the store that knows the sessions may just be dead."""


class Door:
    """The ways that `AUTH` allows. Each visitor takes the next one."""

    def __init__(self, auth: str, issuer: PlayedIssuer) -> None:
        self._ways = auth.split(",")
        self._next = itertools.cycle(self._ways)
        self._issuer = issuer
        self._credentials: dict[str, Credentials] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        """What the gateways are told."""
        issuer = self._issuer.settings if "jwt" in self._ways else {}
        return {"AUTH": ",".join(self._ways), **issuer}

    def open(self, stack: Stack) -> None:
        """Get what is needed of a system that has just started."""
        for way in self._ways:
            match way:
                case "jwt":
                    self._credentials[way] = TokenUsers(self._issuer)
                case "sessions":
                    store = stack.service("store-1").url
                    key = server_key(store, stack.internal_key, "sessions:write")
                    self._credentials[way] = SessionUsers(stack.gateway_urls[0], key)
                case _:
                    self._credentials[way] = NamedUsers()

    async def headers(self, user: str) -> Mapping[str, str]:
        """What a user sends along from now on."""
        way = next(self._next)

        async def let_in() -> Mapping[str, str] | None:
            try:
                return await self._credentials[way].headers(user)
            except aiohttp.ClientError:  # a gateway, or the store behind it, was killed
                return None

        got = await wait_until_async(let_in, _TIMEOUT, f"{user} let in by {way}")
        assert got is not None
        return got


@contextmanager
def a_door(auth: str) -> Iterator[Door]:
    """A door with an issuer of tokens, which gateways ask for its keys."""
    with played_issuer() as issuer:
        yield Door(auth, issuer)
