"""What a session may do: which files it sends, how much of the past it sees.

Everybody's requests come through here; those without limits of a session pass at no cost.
"""

import orjson
from chatkit.types import AttachmentsCreateReq
from turnstream.contracts.identity import Principal
from turnstream.errors import BodyTooLarge, NotFound, UploadsOff
from turnstream.store_client import StoreClient

from turnstream_gateway.admission.incoming import ChatKitRequest


class SessionRules:
    """Keeps the limits that a principal's session has."""

    def __init__(self, store: StoreClient) -> None:
        self._store = store

    async def admit(self, principal: Principal, request: ChatKitRequest) -> None:
        """Let a ChatKit request in. Raises `UploadsOff`, `BodyTooLarge`, `NotFound`."""
        if isinstance(request, AttachmentsCreateReq):
            largest = upload_limit(principal, request.params.size)
            if request.params.size > largest:
                raise BodyTooLarge(f"An attachment of this session may hold {largest} bytes.")
        if thread_id := getattr(request.params, "thread_id", None):
            await self.check_thread(principal, thread_id)

    async def check_thread(self, principal: Principal, thread_id: str) -> None:
        """Raises `NotFound` unless the session may see the thread: without history, only those that
        it began itself.
        """
        if principal.limits.history:
            return
        thread = orjson.loads(await self._store.tenant_threads.show(principal.tenant, thread_id))
        if principal.session_id is None or thread.get("session_id") != principal.session_id:
            raise NotFound(f"There is no thread {thread_id}.")

    async def check_turn(self, principal: Principal, turn_id: str) -> None:
        """Raises `NotFound` unless the session may see the turn's thread."""
        if not principal.limits.history:
            turn = await self._store.turns.show(principal.owner, turn_id)
            await self.check_thread(principal, turn.thread_id)


def upload_limit(principal: Principal, deployment: int) -> int:
    """Bytes of one upload: as the session says, and no more than the deployment takes.

    Raises `UploadsOff` when the session may send none.
    """
    limits = principal.limits
    if not limits.uploads:
        raise UploadsOff()
    return deployment if limits.max_file_size is None else min(deployment, limits.max_file_size)


def attachments_limit(principal: Principal, deployment: int) -> int:
    """Attachments of one message: as the session says, and no more than the deployment takes."""
    limits = principal.limits
    if not limits.uploads:
        return 0
    return deployment if limits.max_files is None else min(deployment, limits.max_files)
