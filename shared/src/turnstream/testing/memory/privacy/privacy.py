"""Erasures and holds in memory, and the way to archives and to the audit."""

from collections.abc import AsyncIterator
from datetime import datetime

from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import (
    Action,
    Actor,
    AuditPage,
    Erasure,
    ErasureState,
    Hold,
    UserDataSummary,
)
from turnstream.contracts.owner import Owner
from turnstream.errors import LegalHold, NotFound
from turnstream.store_client.privacy import Privacy
from turnstream.testing.memory.identity.sessions import MemorySessions
from turnstream.testing.memory.privacy.archive import archive_of
from turnstream.testing.memory.privacy.belongings import belongings_of
from turnstream.testing.memory.records import ModelCall
from turnstream.testing.memory.state import State


class MemoryPrivacy(Privacy):
    """Erases at once: nothing runs beside it, so nothing raises `UserBeingErased`."""

    def __init__(self, state: State, sessions: MemorySessions) -> None:
        self._state = state
        self._sessions = sessions
        self._erasures: dict[Owner, Erasure] = {}
        self._holds: dict[tuple[str, str | None], Hold] = {}

    async def erase(self, owner: Owner, actor: Actor | None = None) -> Erasure:
        if {(owner.tenant, None), (owner.tenant, owner.user)} & self._holds.keys():
            raise LegalHold()
        now, erasure_id = self._state.now(), new_id("ers")
        self._state.audit.tell(Action.USER_ERASED, actor, owner, erasure_id)
        theirs = belongings_of(self._state, owner)
        counts = {name: found.delete() for name, found in theirs.items()}
        counts["sessions"] = self._sessions.forget(owner)
        erasure = Erasure(
            id=erasure_id,
            tenant=owner.tenant,
            state=ErasureState.PROVEN,
            counts=counts,
            pseudonymised=self._rename(owner, new_id("erased")),
            left=dict.fromkeys(counts, 0),
            requested_at=now,
            finished_at=now,
            proven_at=now,
        )
        self._erasures[owner] = erasure
        return erasure

    async def erasure(self, owner: Owner) -> Erasure:
        erasure = self._erasures.get(owner)
        if erasure is None:
            raise NotFound("There is no erasure of this user.")
        return erasure

    async def preview(self, owner: Owner) -> UserDataSummary:
        theirs = belongings_of(self._state, owner)
        counts = {name: len(found.keys) for name, found in theirs.items()}
        counts["sessions"] = len(self._sessions.of(owner))
        kept = {"audit": len(self._state.audit.about(owner)), "usage": len(self._used(owner))}
        return UserDataSummary(
            counts={name: count for name, count in counts.items() if count},
            pseudonymised={name: count for name, count in kept.items() if count},
        )

    async def export(self, owner: Owner, actor: Actor | None = None) -> AsyncIterator[bytes]:
        self._state.audit.tell(Action.USER_EXPORTED, actor, owner)
        return archive_of(self._state, owner, self._sessions.of(owner))

    async def hold(self, tenant: str, user: str | None, actor: Actor | None = None) -> Hold:
        new = Hold(tenant=tenant, user=user, placed_at=self._state.now())
        self._state.audit.tell(Action.HOLD_PLACED, actor, _whom(tenant, user))
        return self._holds.setdefault((tenant, user), new)

    async def release(self, tenant: str, user: str | None, actor: Actor | None = None) -> None:
        if self._holds.pop((tenant, user), None) is None:
            raise NotFound("There is no such hold.")
        self._state.audit.tell(Action.HOLD_RELEASED, actor, _whom(tenant, user))

    async def holds(self, limit: int = 1000) -> list[Hold]:
        return [*reversed(self._holds.values())][:limit]

    async def audit(
        self,
        limit: int,
        since: datetime | None = None,
        action: str | None = None,
        after: str | None = None,
    ) -> AuditPage:
        return self._state.audit.page(limit, since, action, after)

    def _rename(self, owner: Owner, pseudonym: str) -> dict[str, int]:
        """Put a random name in place of the user's where rows are kept for the accounts."""
        used = self._used(owner)
        for call in used:
            call.owner = Owner(owner.tenant, pseudonym)
        return {"audit": self._state.audit.rename(owner, pseudonym), "usage": len(used)}

    def _used(self, owner: Owner) -> list[ModelCall]:
        return [call for call in self._state.model_calls.values() if call.owner == owner]


def _whom(tenant: str, user: str | None) -> Owner | str:
    return tenant if user is None else Owner(tenant, user)
