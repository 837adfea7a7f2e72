"""Sessions in memory."""

from turnstream.contracts.identity import CreateSession, Session
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.owner import Owner
from turnstream.errors import NotFound
from turnstream.store_client.identity.sessions import Sessions
from turnstream.testing.memory.identity.records import KeyRecord, SessionRecord
from turnstream.testing.memory.state import State


class MemorySessions(Sessions):
    """Sessions by id."""

    def __init__(self, state: State, keys: dict[str, KeyRecord]) -> None:
        self._now = state.now
        self._audit = state.audit
        self._keys = keys
        self._sessions: dict[str, SessionRecord] = {}

    async def create(self, tenant: str, command: CreateSession) -> Session:
        new = SessionRecord(command, tenant, self._now())
        session = self._sessions.setdefault(command.id, new)
        if (session.tenant, session.command.digest) != (tenant, command.digest):
            raise NotFound(f"There is no session {command.id}.")
        return self._shown(session)

    async def cancel(self, tenant: str, session_id: str, actor: Actor | None = None) -> Session:
        session = self._session(tenant, session_id)
        session.cancelled = True
        user = Owner(tenant, session.command.user)
        self._audit.tell(Action.SESSION_CANCELLED, actor, user, session_id)
        return self._shown(session)

    async def show(self, tenant: str, session_id: str) -> Session:
        return self._shown(self._session(tenant, session_id))

    async def find(self, digest: str) -> Session | None:
        found = (each for each in self._sessions.values() if each.command.digest == digest)
        session = next(found, None)
        return None if session is None else self._shown(session)

    def of(self, owner: Owner) -> list[Session]:
        """The sessions of a user."""
        return [
            self._shown(each)
            for each in self._sessions.values()
            if (each.tenant, each.command.user) == owner
        ]

    def forget(self, owner: Owner) -> int:
        """Delete the sessions of a user; how many there were."""
        theirs = self.of(owner)
        for session in theirs:
            del self._sessions[session.id]
        return len(theirs)

    def usable(self, session_id: str) -> bool:
        """True for a session that is there and was not cancelled."""
        session = self._sessions.get(session_id)
        return session is not None and not self._cancelled(session)

    def _session(self, tenant: str, session_id: str) -> SessionRecord:
        session = self._sessions.get(session_id)
        if session is None or session.tenant != tenant:
            raise NotFound(f"There is no session {session_id}.")
        return session

    def _shown(self, session: SessionRecord) -> Session:
        return session.shown(self._now(), cancelled=self._cancelled(session))

    def _cancelled(self, session: SessionRecord) -> bool:
        maker = self._keys.get(session.command.key_id or "")
        return session.cancelled or (maker is not None and maker.revoked_at is not None)
