"""The store's API as the other services call it.

`StoreClient` is the interface. `HttpStoreClient` asks a store over HTTP;
`turnstream.testing.MemoryStore` is one in memory, for tests. One suite tests each method of both;
`MemoryStore` says what does not happen in memory.
"""

from datetime import timedelta
from typing import Protocol

from turnstream.store_client.approvals import HttpPausedRuns, PausedRuns
from turnstream.store_client.feedback import HttpRatings, Ratings
from turnstream.store_client.files import Attachments, Files, HttpAttachments, HttpFiles
from turnstream.store_client.guide_data.emails import Emails, HttpEmails
from turnstream.store_client.guide_data.facts import Facts, HttpFacts
from turnstream.store_client.http.transport import Transport
from turnstream.store_client.identity.keys import HttpKeys, Keys
from turnstream.store_client.identity.sessions import HttpSessions, Sessions
from turnstream.store_client.identity.tenants import HttpTenants, Tenants
from turnstream.store_client.imports import HttpImports, Imports
from turnstream.store_client.operations import HttpOperations, Operations
from turnstream.store_client.privacy import HttpPrivacy, Privacy
from turnstream.store_client.queue import HttpQueue, Queue
from turnstream.store_client.recordings import HttpRecordings, Recordings
from turnstream.store_client.schedules import HttpSchedules, Schedules
from turnstream.store_client.threads.of_owner import HttpThreads, Threads
from turnstream.store_client.threads.of_tenant import HttpTenantThreads, TenantThreads
from turnstream.store_client.tool_calls import HttpToolCalls, ToolCalls
from turnstream.store_client.turns.attempts import Attempts, HttpAttempts
from turnstream.store_client.turns.dead_letters import DeadLetters, HttpDeadLetters
from turnstream.store_client.turns.lifecycle import HttpTurns, Turns
from turnstream.store_client.usage import HttpUsage, Usage
from turnstream.store_client.webhooks import HttpWebhooks, Webhooks

__all__ = ["HttpStoreClient", "StoreClient"]


class StoreClient(Protocol):
    """A store. Every call is safe to repeat: writes carry ids, attempts or keys.

    Calls raise the failures of `turnstream.errors` that they name, `BadRequest` for what no store
    can keep, and `Unavailable` when the store does not answer.
    """

    turns: Turns
    attempts: Attempts
    threads: Threads
    tenant_threads: TenantThreads
    attachments: Attachments
    files: Files
    facts: Facts
    emails: Emails
    paused_runs: PausedRuns
    feedback: Ratings
    tool_calls: ToolCalls
    dead_letters: DeadLetters
    keys: Keys
    sessions: Sessions
    tenants: Tenants
    queue: Queue
    usage: Usage
    privacy: Privacy
    imports: Imports
    recordings: Recordings
    operations: Operations
    webhooks: Webhooks
    schedules: Schedules

    @property
    def latency(self) -> float:
        """Seconds that the store takes to answer, of late."""
        ...

    async def ready(self) -> bool:
        """True when the store can do its work now."""
        ...

    async def aclose(self) -> None:
        """Close every connection. Calls under way raise `Unavailable`."""
        ...


class HttpStoreClient(StoreClient):
    """A store over HTTP. Use it as an async context manager; it owns a connection pool.

    `retry_timeout` is how long a call is tried again while the store does not answer. `key` is the
    internal key, or a server key with the scope `operator` for what operators may do.
    """

    def __init__(self, url: str, *, retry_timeout: timedelta, key: str = "") -> None:
        self._transport = Transport(url, retry_timeout, key)
        self.turns = HttpTurns(self._transport)
        self.attempts = HttpAttempts(self._transport)
        self.threads = HttpThreads(self._transport)
        self.tenant_threads = HttpTenantThreads(self._transport)
        self.attachments = HttpAttachments(self._transport)
        self.files = HttpFiles(self._transport)
        self.facts = HttpFacts(self._transport)
        self.emails = HttpEmails(self._transport)
        self.paused_runs = HttpPausedRuns(self._transport)
        self.feedback = HttpRatings(self._transport)
        self.tool_calls = HttpToolCalls(self._transport)
        self.dead_letters = HttpDeadLetters(self._transport)
        self.keys = HttpKeys(self._transport)
        self.sessions = HttpSessions(self._transport)
        self.tenants = HttpTenants(self._transport)
        self.queue = HttpQueue(self._transport)
        self.usage = HttpUsage(self._transport)
        self.privacy = HttpPrivacy(self._transport)
        self.imports = HttpImports(self._transport)
        self.recordings = HttpRecordings(self._transport)
        self.operations = HttpOperations(self._transport)
        self.webhooks = HttpWebhooks(self._transport)
        self.schedules = HttpSchedules(self._transport)

    @property
    def latency(self) -> float:
        return self._transport.latency

    async def ready(self) -> bool:
        return await self._transport.ready()

    async def __aenter__(self) -> "HttpStoreClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()
