"""Feedback, as gateways keep it and operators read it."""

from datetime import datetime

from turnstream.contracts.store_api import FeedbackKind, FeedbackPage, GiveFeedback
from turnstream.store_client.transport import Params, Transport, segment


class Verdicts:
    """What users think of items."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def give(self, owner: str, thread_id: str, command: GiveFeedback) -> None:
        """Keep a verdict on some items. Raises `NotFound` and `Unprocessable`."""
        path = f"/threads/{segment(thread_id)}/feedback"
        await self._send("POST", path, command, {"owner": owner})

    async def of_thread(
        self, owner: str, thread_id: str, *, limit: int, after: str | None = None
    ) -> FeedbackPage:
        """A page of the owner's verdicts in a thread. Raises `NotFound`."""
        params: Params = {"owner": owner, "limit": limit}
        if after is not None:
            params["after"] = after
        path = f"/threads/{segment(thread_id)}/feedback"
        return FeedbackPage.model_validate_json(await self._send("GET", path, params=params))

    async def newest(
        self,
        *,
        limit: int,
        after: str | None = None,
        kind: FeedbackKind | None = None,
        since: datetime | None = None,
    ) -> FeedbackPage:
        """A page of everybody's verdicts, for operators."""
        params: Params = {"limit": limit}
        if after is not None:
            params["after"] = after
        if kind is not None:
            params["kind"] = kind
        if since is not None:
            params["since"] = since.isoformat()
        return FeedbackPage.model_validate_json(await self._send("GET", "/feedback", params=params))
