"""Who is asking: the one place where every route of the gateway learns it."""

from collections.abc import Sequence
from typing import cast

from fastapi import Request
from turnstream.contracts.identity import Principal
from turnstream.errors import Unauthorized
from turnstream.logs import context

from turnstream_gateway.identity.cookies import TokenCookie
from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity.failed_logins import FailedLogins
from turnstream_gateway.identity.issuer_keys import IssuerKeys
from turnstream_gateway.identity.own_pages import OwnPages
from turnstream_gateway.identity.verifier import Verifier


class Authenticator:
    """Asks the verifiers of `AUTH` in their order."""

    def __init__(
        self,
        verifiers: Sequence[Verifier],
        pages: OwnPages,
        cookie: TokenCookie | None = None,
        issuer_keys: IssuerKeys | None = None,
        *,
        failed: FailedLogins,
    ) -> None:
        self._verifiers = tuple(verifiers)
        self._pages = pages
        self._cookie = cookie
        self._issuer_keys = issuer_keys
        self._failed = failed

    async def authenticate(self, request: Request) -> Principal:
        """The principal, by the first verifier that accepts the credentials.

        Raises `Unauthorized` or a subclass, and `RateLimited` for an address with too many
        failures. Expired tokens and ended sessions are not counted as failures. Raises `Forbidden`
        for a state-changing request of a page of another origin, unless it has an `Authorization`
        header: browsers add all other credentials by themselves.
        """
        try:
            return await self._verify(request)
        except Unauthorized as error:
            if type(error) is Unauthorized:
                await self._failed.count(request.client.host if request.client else "")
            raise

    async def _verify(self, request: Request) -> Principal:
        credentials = Credentials.of(request, self._cookie)
        if "Authorization" not in request.headers:
            self._pages.refuse_others(request)
        for verifier in self._verifiers:
            principal = await verifier.verify(credentials)
            if principal is not None:
                return principal
        raise Unauthorized("The request does not say who asks in a way that is taken here.")

    def start(self) -> None:
        """Fetch the issuer's keys, if there is one, so that the first user need not wait."""
        if self._issuer_keys is not None:
            self._issuer_keys.warm()

    async def aclose(self) -> None:
        """Close the connections to the issuer."""
        if self._issuer_keys is not None:
            await self._issuer_keys.aclose()


async def authenticate(request: Request) -> Principal:
    """Who asks. Raises as `Authenticator.authenticate` does."""
    authenticator = cast(Authenticator, request.app.state.authenticator)
    principal = await authenticator.authenticate(request)
    context.bind(tenant=principal.tenant)
    return principal
