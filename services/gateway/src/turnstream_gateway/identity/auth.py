"""Who is asking: the one place where every route of the gateway learns it."""

from collections.abc import Sequence
from typing import cast

from fastapi import Request
from turnstream.contracts.identity import Principal
from turnstream.errors import Unauthorized

from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity.verifier import Verifier


class Authenticator:
    """Asks the verifiers of `AUTH` in their order."""

    def __init__(self, verifiers: Sequence[Verifier]) -> None:
        self._verifiers = tuple(verifiers)

    async def authenticate(self, request: Request) -> Principal:
        """Who asks, by the first verifier that knows. Raises `Unauthorized` or one of its kinds."""
        credentials = Credentials.of(request)
        for verifier in self._verifiers:
            principal = await verifier.verify(credentials)
            if principal is not None:
                return principal
        raise Unauthorized("The request does not say who asks in a way that is taken here.")


async def authenticate(request: Request) -> Principal:
    """Who asks. Raises `Unauthorized` or one of its kinds."""
    authenticator = cast(Authenticator, request.app.state.authenticator)
    return await authenticator.authenticate(request)
