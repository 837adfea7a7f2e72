"""Threads that come from elsewhere: what an operator's import asks of the store."""

from typing import Protocol

from turnstream.contracts.operating.imports import FileRequirement, ImportThread, ThreadImported
from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile
from turnstream.store_client.http.transport import CallIdentity, Transport


class Imports(Protocol):
    """An import is an operator's act: the limits of users do not refuse it."""

    async def thread(
        self, owner: Owner, command: ImportThread, actor: Actor | None = None
    ) -> ThreadImported:
        """Make a thread with its items, attachments and times, all or nothing.

        One that the owner has already gets the items that it lacks, unless somebody has gone on
        with it here: then, and when it lacks none, nothing changes. Raises `ThreadTaken` when it is
        somebody else's or so is an attachment, `NotFound` for a file that `file` was not told of,
        and `UserBeingErased`.
        """
        ...

    async def file(self, owner: Owner, command: ReserveFile) -> bool:
        """Tell of a file whose bytes are about to come; False when they are here and in a thread.

        It is kept for `UPLOAD_LIFETIME`, and with a thread as long as that. Raises `ThreadTaken`
        for a key of somebody else's.
        """
        ...


class HttpImports(Imports):
    """Imports over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def thread(
        self, owner: Owner, command: ImportThread, actor: Actor | None = None
    ) -> ThreadImported:
        whose = CallIdentity(owner, actor)
        answer = await self._send("POST", "/imports/threads", command, owner=whose)
        return ThreadImported.model_validate_json(answer)

    async def file(self, owner: Owner, command: ReserveFile) -> bool:
        answer = await self._send("POST", "/imports/files", command, owner=owner)
        return FileRequirement.model_validate_json(answer).wanted
