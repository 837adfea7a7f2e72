"""The smaller nouns: attachments, files, facts, emails, tool calls, dead letters."""

from datetime import datetime

from pydantic import TypeAdapter

from turnstream.contracts.store_api import (
    AttachmentUploaded,
    Email,
    Fact,
    KeepFile,
    OwnedEmail,
    ReserveAttachment,
    ReserveFile,
    SaveFact,
    SendEmail,
    StoredAttachment,
)
from turnstream.contracts.tools import BeginCall, CallBegun, FinishCall, RenewCalls
from turnstream.contracts.turns import DeadLetter
from turnstream.store_client.transport import Params, Transport, segment

_FACTS = TypeAdapter(list[Fact])
_EMAILS = TypeAdapter(list[Email])
_OWNED_EMAILS = TypeAdapter(list[OwnedEmail])
_LETTERS = TypeAdapter(list[DeadLetter])


class Attachments:
    """Metadata of attachments, each its owner's."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def save(self, owner: str, attachment: StoredAttachment) -> None:
        """Add or replace an attachment."""
        await self._send("PUT", "/attachments", attachment, {"owner": owner})

    async def reserve(self, owner: str, command: ReserveAttachment) -> None:
        """Add an attachment whose bytes are about to come. Raises `StorageFull`."""
        await self._send("POST", "/attachments", command, {"owner": owner})

    async def uploaded(self, owner: str, attachment_id: str, command: AttachmentUploaded) -> None:
        """The bytes are kept. Raises `NotFound`, and `Unprocessable` the second time."""
        path = f"/attachments/{segment(attachment_id)}/uploaded"
        await self._send("POST", path, command, {"owner": owner})

    async def load(self, owner: str, attachment_id: str) -> bytes:
        """An attachment in full. Raises `NotFound`."""
        path = f"/attachments/{segment(attachment_id)}"
        return await self._send("GET", path, params={"owner": owner})

    async def delete(self, owner: str, attachment_id: str) -> None:
        """Forget an attachment. Raises `NotFound`."""
        await self._send(
            "DELETE", f"/attachments/{segment(attachment_id)}", params={"owner": owner}
        )


class Files:
    """Bytes that tools make, each file its owner's."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def reserve(self, owner: str, command: ReserveFile) -> None:
        """Room for bytes that are about to come. Raises `StorageFull`."""
        await self._send("POST", "/files", command, {"owner": owner})

    async def keep(self, owner: str, key: str, command: KeepFile) -> None:
        """The bytes are there. Raises `NotFound` when the thread is gone."""
        await self._send("POST", f"/files/{segment(key)}/keep", command, {"owner": owner})


class Facts:
    """What users told about themselves, each for its owner only."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def newest(self, owner: str) -> list[Fact]:
        """The owner's facts, newest first."""
        return _FACTS.validate_json(await self._send("GET", "/facts", params={"owner": owner}))

    async def add(self, owner: str, fact: SaveFact) -> Fact:
        """Add a fact, once per id."""
        answer = await self._send("POST", "/facts", fact, {"owner": owner})
        return Fact.model_validate_json(answer)

    async def save(self, owner: str, fact_id: str) -> Fact:
        """Keep a fact. Raises `NotFound`."""
        return await self._decide(owner, fact_id, "save")

    async def discard(self, owner: str, fact_id: str) -> Fact:
        """Forget a fact. Raises `NotFound`."""
        return await self._decide(owner, fact_id, "discard")

    async def _decide(self, owner: str, fact_id: str, verdict: str) -> Fact:
        answer = await self._send(
            "POST", f"/facts/{segment(fact_id)}/{verdict}", params={"owner": owner}
        )
        return Fact.model_validate_json(answer)


class Outbox:
    """Emails that wait for the mailer of a deployment, each its owner's."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def newest(self, owner: str) -> list[Email]:
        """The owner's emails, newest first."""
        return _EMAILS.validate_json(await self._send("GET", "/outbox", params={"owner": owner}))

    async def add(self, owner: str, email: SendEmail) -> Email:
        """Add an email, once per id."""
        answer = await self._send("POST", "/outbox", email, {"owner": owner})
        return Email.model_validate_json(answer)

    async def newest_of_all(self, *, limit: int, since: datetime | None = None) -> list[OwnedEmail]:
        """Everybody's emails, newest first, for operators."""
        params: Params = {"limit": limit}
        if since is not None:
            params["since"] = since.isoformat()
        return _OWNED_EMAILS.validate_json(await self._send("GET", "/emails", params=params))


class ToolCalls:
    """The ledger."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def begin(self, command: BeginCall) -> CallBegun:
        """Ask whether to run a call."""
        return CallBegun.model_validate_json(await self._send("POST", "/tool-calls/begin", command))

    async def renew(self, command: RenewCalls) -> None:
        """Keep this instance's calls alive."""
        await self._send("POST", "/tool-calls/renew", command)

    async def finish(self, key: str, command: FinishCall) -> None:
        """Record how a run of a call ended. Raises `Fenced`."""
        await self._send("POST", f"/tool-calls/{segment(key)}/finish", command)


class DeadLetters:
    """For operators."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def newest(self, limit: int) -> list[DeadLetter]:
        """Dead letters, newest first."""
        answer = await self._send("GET", "/dead-letters", params={"limit": limit})
        return _LETTERS.validate_json(answer)

    async def show(self, turn_id: str) -> DeadLetter:
        """One dead letter with its request. Raises `NotFound`."""
        return DeadLetter.model_validate_json(
            await self._send("GET", f"/dead-letters/{segment(turn_id)}")
        )

    async def requeue(self, turn_id: str) -> None:
        """Run a dead letter again. Raises `NotFound` or `Unprocessable`."""
        await self._send("POST", f"/dead-letters/{segment(turn_id)}/requeue")
