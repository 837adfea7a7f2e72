"""Threads of all users, for the server that has a key: read, listed, deleted."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from turnstream.contracts.owner import Owner
from turnstream.contracts.rates import RequestKind

from turnstream_gateway.hosted.dependencies import MayDelete, MayRead, Page, ThreadId
from turnstream_gateway.hosted.items import KINDS, hosted_item
from turnstream_gateway.hosted.openapi import refusals
from turnstream_gateway.hosted.shapes import ItemList, Thread, ThreadDeleted, ThreadList, page_of
from turnstream_gateway.routes.dependencies import Services, base_url_of, counted

router = APIRouter(prefix="/threads", tags=["hosted"], dependencies=[counted(RequestKind.READ)])

User = Annotated[
    str | None, Query(min_length=1, max_length=512, description="Without it, those of all users.")
]
_REFUSED = refusals(400, 401, 403, 404, 503)


@router.get("", responses=_REFUSED)
async def list_threads(
    server: MayRead, services: Services, page: Page, user: User = None
) -> ThreadList:
    """The threads of all users, or of one."""
    found = orjson.loads(await services.store.tenant_threads.page(server.tenant, page, user))
    threads = [Thread.of(each) for each in found["data"]]
    return page_of(ThreadList, threads, has_more=found["has_more"])


@router.get("/{thread_id}", responses=_REFUSED)
async def retrieve_thread(thread_id: ThreadId, server: MayRead, services: Services) -> Thread:
    """One thread."""
    return Thread.of(
        orjson.loads(await services.store.tenant_threads.show(server.tenant, thread_id))
    )


@router.delete("/{thread_id}", responses=_REFUSED)
async def delete_thread(
    thread_id: ThreadId, server: MayDelete, services: Services
) -> ThreadDeleted:
    """Delete a thread with its items and attachments."""
    found = await services.store.tenant_threads.show(server.tenant, thread_id)
    owner = Owner(server.tenant, orjson.loads(found)["user"])
    await services.store.threads.delete(owner, thread_id)
    return ThreadDeleted(id=thread_id)


@router.get("/{thread_id}/items", responses=_REFUSED)
async def list_items(
    thread_id: ThreadId, http: Request, server: MayRead, services: Services, page: Page
) -> ItemList:
    """A thread's items, as far as the hosted API has a form for them. Links to files work now."""
    threads = services.store.tenant_threads
    user = orjson.loads(await threads.show(server.tenant, thread_id))["user"]
    document = await threads.items(server.tenant, thread_id, page, [*KINDS])
    renew = services.renewal(Owner(server.tenant, user), base_url_of(http))
    found = orjson.loads(renew(document))
    items = [hosted_item(each) for each in found["data"]]
    return page_of(ItemList, items, has_more=found["has_more"])
