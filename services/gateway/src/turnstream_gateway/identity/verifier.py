"""What a way to know who asks must promise."""

from typing import Protocol

from turnstream.contracts.identity import Principal

from turnstream_gateway.identity.credentials import Credentials


class Verifier(Protocol):
    """One entry of `AUTH`: a way to know who asks."""

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Who asks; None when the credentials are not of this verifier's kind: the next is asked.

        Raises `Unauthorized` or one of its kinds for credentials of its kind that are no good:
        nobody else is asked then. Whatever else it needs must be bounded, since anybody can ask.
        """
        ...
