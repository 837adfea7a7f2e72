"""Ratings of items, as gateways keep them and operators read them."""

from datetime import datetime
from typing import Protocol

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import FeedbackKind, FeedbackPage, GiveFeedback
from turnstream.store_client.http.transport import Params, Transport, segment


class Ratings(Protocol):
    """What users think of items. `after` is the cursor of the page before."""

    async def give(self, owner: Owner, thread_id: str, command: GiveFeedback) -> None:
        """Rate items that the owner sees; the newest rating of an item counts.

        Raises `NotFound` for an unknown thread or item, and `Unprocessable` for too many items.
        """
        ...

    async def of_thread(
        self, owner: Owner, thread_id: str, *, limit: int, after: str | None = None
    ) -> FeedbackPage:
        """A page of the owner's ratings in a thread, newest first. Raises `NotFound`."""
        ...

    async def newest(
        self,
        *,
        limit: int,
        after: str | None = None,
        kind: FeedbackKind | None = None,
        since: datetime | None = None,
    ) -> FeedbackPage:
        """A page of everybody's ratings, newest first, for operators."""
        ...


class HttpRatings(Ratings):
    """Ratings over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def give(self, owner: Owner, thread_id: str, command: GiveFeedback) -> None:
        path = f"/threads/{segment(thread_id)}/feedback"
        await self._send("POST", path, command, owner=owner)

    async def of_thread(
        self, owner: Owner, thread_id: str, *, limit: int, after: str | None = None
    ) -> FeedbackPage:
        params: Params = {"limit": limit}
        if after is not None:
            params["after"] = after
        path = f"/threads/{segment(thread_id)}/feedback"
        answer = await self._send("GET", path, params=params, owner=owner)
        return FeedbackPage.model_validate_json(answer)

    async def newest(
        self,
        *,
        limit: int,
        after: str | None = None,
        kind: FeedbackKind | None = None,
        since: datetime | None = None,
    ) -> FeedbackPage:
        params: Params = {"limit": limit}
        if after is not None:
            params["after"] = after
        if kind is not None:
            params["kind"] = kind
        if since is not None:
            params["since"] = since.isoformat()
        return FeedbackPage.model_validate_json(await self._send("GET", "/feedback", params=params))
