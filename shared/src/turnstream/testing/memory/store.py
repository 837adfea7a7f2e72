"""`MemoryStore`: the store's promises, kept in the memory of one process."""

from turnstream.store_client import StoreClient
from turnstream.store_client.turns.attempts import Attempts
from turnstream.testing.memory.approvals import MemoryPausedRuns
from turnstream.testing.memory.feedback import MemoryRatings
from turnstream.testing.memory.files import MemoryAttachments, MemoryFiles
from turnstream.testing.memory.guide_data.emails import MemoryEmails
from turnstream.testing.memory.guide_data.facts import MemoryFacts
from turnstream.testing.memory.identity.keys import MemoryKeys
from turnstream.testing.memory.identity.records import KeyRecord
from turnstream.testing.memory.identity.sessions import MemorySessions
from turnstream.testing.memory.identity.tenants import MemoryTenants
from turnstream.testing.memory.imports import MemoryImports
from turnstream.testing.memory.limits import Limits
from turnstream.testing.memory.operations import MemoryOperations
from turnstream.testing.memory.privacy.privacy import MemoryPrivacy
from turnstream.testing.memory.queue import MemoryQueue
from turnstream.testing.memory.recordings import MemoryRecordings
from turnstream.testing.memory.schedules import MemorySchedules
from turnstream.testing.memory.state import State
from turnstream.testing.memory.threads.of_owner import MemoryThreads
from turnstream.testing.memory.threads.of_tenant import MemoryTenantThreads
from turnstream.testing.memory.tool_calls import MemoryToolCalls
from turnstream.testing.memory.turns.attempts import MemoryAttempts
from turnstream.testing.memory.turns.dead_letters import MemoryDeadLetters
from turnstream.testing.memory.turns.lifecycle import MemoryTurns
from turnstream.testing.memory.usage.usage import MemoryUsage
from turnstream.testing.memory.webhooks import MemoryWebhooks


class MemoryStore(StoreClient):
    """A store for tests, without servers. It runs the suite that the store over HTTP runs, and the
    suite calls each method of the interface.

    Nothing happens by itself. A turn that is accepted here is claimed by the caller of
    `turns.claim`; no worker is woken. A lease that has passed and a client that stayed away are
    noticed with the next call, and a schedule that is due with the next call of `schedules`.
    Nothing is sent to webhooks: deliveries wait. Nothing is ever too old to be kept.

    What a viewer saw of an answer that nobody finished is unknown here, so nothing of it is kept;
    `operations` and `recordings` know no event log, no attempts and no timeline. A user is erased
    at once, so nothing raises `UserBeingErased`; nothing raises `Unavailable`. There are no bytes
    of files.

        store = MemoryStore()
        command = AcceptTurn(turn_id="turn_1", request=request, context=context)
        accepted = await store.turns.accept(command)
        claim = ClaimTurn(turn_id="turn_1", worker="test", lease=timedelta(minutes=1))
        claimed = await store.turns.claim(claim)
        await your_code(store, claimed)
        items = await store.threads.items(
            context.owner, accepted.thread_id, limit=20, order="asc", after=None
        )
    """

    latency: float = 0.0

    def __init__(self, limits: Limits | None = None) -> None:
        state = State(limits or Limits())
        self.turns = MemoryTurns(state)
        self.attempts: Attempts = MemoryAttempts(state)
        self.threads = MemoryThreads(state)
        self.tenant_threads = MemoryTenantThreads(state)
        self.attachments = MemoryAttachments(state)
        self.files = MemoryFiles(state)
        self.facts = MemoryFacts(state)
        self.emails = MemoryEmails(state)
        self.paused_runs = MemoryPausedRuns(state)
        self.feedback = MemoryRatings(state)
        self.tool_calls = MemoryToolCalls(state)
        self.dead_letters = MemoryDeadLetters(state)
        keys: dict[str, KeyRecord] = {}
        self.sessions = MemorySessions(state, keys)
        self.keys = MemoryKeys(state, keys, self.sessions)
        self.tenants = MemoryTenants(state)
        self.queue = MemoryQueue(state)
        self.usage = MemoryUsage(state)
        self.privacy = MemoryPrivacy(state, self.sessions)
        self.imports = MemoryImports(state)
        self.recordings = MemoryRecordings(state)
        self.operations = MemoryOperations(state, self.turns, self.queue)
        self.webhooks = MemoryWebhooks(state)
        self.schedules = MemorySchedules(state)

    async def ready(self) -> bool:
        return True

    async def aclose(self) -> None:
        """Does nothing: the store lives as long as the object."""
