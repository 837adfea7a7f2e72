"""Sessions: made and cancelled by a tenant's server, looked up by the gateways."""

from typing import Protocol

from turnstream.contracts.identity import CreateSession, Session
from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Tenant
from turnstream.errors import NotFound
from turnstream.store_client.http.transport import CallIdentity, Transport, segment


class Sessions(Protocol):
    """Sessions. The store knows the digest of a client secret and never the secret.

    One that has ended is kept for a day, so that its secret is refused by the right name.
    """

    async def create(self, tenant: str, command: CreateSession) -> Session:
        """Begin a session. When this returns, every gateway takes its secret.

        Again with the same id and digest it is the same session; with another digest, or for
        another tenant, raises `NotFound`.
        """
        ...

    async def cancel(self, tenant: str, session_id: str, actor: Actor | None = None) -> Session:
        """End a session for good. Again it changes nothing. Raises `NotFound`."""
        ...

    async def show(self, tenant: str, session_id: str) -> Session:
        """A session of the tenant's. Raises `NotFound`."""
        ...

    async def find(self, digest: str) -> Session | None:
        """The session of a client secret, in whatever status."""
        ...


class HttpSessions(Sessions):
    """Sessions over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def create(self, tenant: str, command: CreateSession) -> Session:
        answer = await self._send("POST", "/sessions", command, owner=Tenant(tenant))
        return Session.model_validate_json(answer)

    async def cancel(self, tenant: str, session_id: str, actor: Actor | None = None) -> Session:
        path = f"/sessions/{segment(session_id)}/cancel"
        answer = await self._send("POST", path, owner=CallIdentity(Tenant(tenant), actor))
        return Session.model_validate_json(answer)

    async def show(self, tenant: str, session_id: str) -> Session:
        path = f"/sessions/{segment(session_id)}"
        return Session.model_validate_json(await self._send("GET", path, owner=Tenant(tenant)))

    async def find(self, digest: str) -> Session | None:
        try:
            answer = await self._send("GET", f"/known-sessions/{segment(digest)}")
        except NotFound:
            return None
        return Session.model_validate_json(answer)
