"""`AUTH=dev`: anyone who reaches the port is the user they say."""

from turnstream.contracts.identity import Principal
from turnstream.contracts.owner import ANONYMOUS, DEFAULT_TENANT, Owner
from turnstream.errors import Unauthorized

from turnstream_gateway.identity.credentials import Credentials


class DevVerifier:
    """Believes the `X-User-Id` header. Without it the user is `anonymous`."""

    def __init__(self, alone: bool = True) -> None:
        self._alone = alone

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Part of `Verifier`. A token is for other verifiers, if there are any."""
        if credentials.token is not None and not self._alone:
            return None
        name = ANONYMOUS if credentials.user is None else credentials.user.strip()
        try:
            owner = Owner.checked(DEFAULT_TENANT, name)
        except ValueError as error:
            raise Unauthorized("X-User-Id must hold 1 to 256 printable characters.") from error
        return Principal(tenant=owner.tenant, user=owner.user, method="dev")
