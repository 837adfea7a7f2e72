"""The threads of all users of a tenant, for the tenant's own servers."""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlencode

from turnstream.contracts.owner import Tenant
from turnstream.contracts.pages import PageRequest
from turnstream.store_client.http.transport import Transport, segment


class TenantThreads(Protocol):
    """Every call names the tenant, and reaches the threads of all of its users.

    Another tenant's thread raises `NotFound`, as one that does not exist, and so does an id to
    continue at that was never in the list.
    """

    async def page(self, tenant: str, wanted: PageRequest, user: str | None = None) -> bytes:
        """A page of threads, or of one user's, by the time they began. Each has its `user`."""
        ...

    async def show(self, tenant: str, thread_id: str) -> bytes:
        """A thread without its items, with its `user` and the `session_id` that began it."""
        ...

    async def items(
        self, tenant: str, thread_id: str, wanted: PageRequest, types: Sequence[str]
    ) -> bytes:
        """A page of the items of some types, as the thread's user sees them."""
        ...


class HttpTenantThreads(TenantThreads):
    """The threads of a tenant over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def page(self, tenant: str, wanted: PageRequest, user: str | None = None) -> bytes:
        params = wanted.parameters | ({} if user is None else {"user": user})
        return await self._send("GET", "/tenant/threads", params=params, owner=Tenant(tenant))

    async def show(self, tenant: str, thread_id: str) -> bytes:
        path = f"/tenant/threads/{segment(thread_id)}"
        return await self._send("GET", path, owner=Tenant(tenant))

    async def items(
        self, tenant: str, thread_id: str, wanted: PageRequest, types: Sequence[str]
    ) -> bytes:
        query = urlencode([*wanted.parameters.items(), *(("types", each) for each in types)])
        path = f"/tenant/threads/{segment(thread_id)}/items?{query}"
        return await self._send("GET", path, owner=Tenant(tenant))
