"""Erasures, holds and the audit in memory."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import (
    Action,
    Actor,
    AuditEntry,
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
from turnstream.testing.memory.state import State


class MemoryPrivacy(Privacy):
    """Erases at once: nothing runs beside it. The audit knows what is done here alone, and an
    archive has what was said and the facts.
    """

    def __init__(self, state: State, sessions: MemorySessions) -> None:
        self._state = state
        self._sessions = sessions
        self._erasures: dict[Owner, Erasure] = {}
        self._holds: dict[tuple[str, str | None], Hold] = {}
        self._audit: list[AuditEntry] = []

    async def erase(self, owner: Owner, actor: Actor | None = None) -> Erasure:
        if {(owner.tenant, None), (owner.tenant, owner.user)} & self._holds.keys():
            raise LegalHold()
        now = self._state.now()
        counts = {name: len(found) for name, _, found in _belongings(self._state, owner)}
        for _, everybodys, found in _belongings(self._state, owner):
            for key in found:
                del everybodys[key]
        counts["sessions"] = self._sessions.forget(owner)
        told = sum((entry.tenant, entry.user) == owner for entry in self._audit)
        self._erasures[owner] = erasure = Erasure(
            id=new_id("ers"),
            tenant=owner.tenant,
            state=ErasureState.PROVEN,
            counts=counts,
            pseudonymised={"audit": told} if told else {},
            left=dict.fromkeys(counts, 0),
            requested_at=now,
            finished_at=now,
            proven_at=now,
        )
        pseudonym = new_id("erased")
        self._audit = [
            entry.model_copy(update={"user": pseudonym})
            if (entry.tenant, entry.user) == owner
            else entry
            for entry in self._audit
        ]
        self._tell(Action.USER_ERASED, actor, owner.tenant, pseudonym)
        return erasure

    async def erasure(self, owner: Owner) -> Erasure:
        erasure = self._erasures.get(owner)
        if erasure is None:
            raise NotFound("There is no erasure of this user.")
        return erasure

    async def preview(self, owner: Owner) -> UserDataSummary:
        found = _belongings(self._state, owner)
        return UserDataSummary(counts={name: len(keys) for name, _, keys in found if keys})

    async def export(self, owner: Owner, actor: Actor | None = None) -> AsyncIterator[bytes]:
        self._tell(Action.USER_EXPORTED, actor, owner.tenant, owner.user)
        threads = [each for each in self._state.threads.values() if each.owner == owner]
        items = [item.payload for thread in threads for item in thread.items.values()]
        facts = [
            fact.model_dump_json() for whose, fact in self._state.facts.values() if whose == owner
        ]
        sink = BytesIO()
        with ZipFile(sink, "w") as made:
            made.writestr("items.jsonl", "".join(f"{item}\n" for item in items))
            made.writestr("facts.jsonl", "".join(f"{fact}\n" for fact in facts))
            made.writestr("manifest.json", "{}")
        return _once(sink.getvalue())

    async def hold(self, tenant: str, user: str | None, actor: Actor | None = None) -> Hold:
        new = Hold(tenant=tenant, user=user, placed_at=self._state.now())
        self._tell(Action.HOLD_PLACED, actor, tenant, user)
        return self._holds.setdefault((tenant, user), new)

    async def release(self, tenant: str, user: str | None, actor: Actor | None = None) -> None:
        if self._holds.pop((tenant, user), None) is None:
            raise NotFound("There is no such hold.")
        self._tell(Action.HOLD_RELEASED, actor, tenant, user)

    async def holds(self, limit: int = 1000) -> list[Hold]:
        return [*reversed(self._holds.values())][:limit]

    async def audit(
        self,
        limit: int,
        since: datetime | None = None,
        action: str | None = None,
        after: str | None = None,
    ) -> AuditPage:
        found = [
            entry
            for entry in reversed(self._audit)
            if (since is None or entry.at >= since) and action in (None, entry.action)
        ]
        begin = int(after or 0)
        more = len(found) > begin + limit
        return AuditPage(
            data=found[begin : begin + limit], after=str(begin + limit) if more else None
        )

    def _tell(self, action: Action, actor: Actor | None, tenant: str, user: str | None) -> None:
        who = actor or Actor()
        self._audit.append(
            AuditEntry(
                id=new_id("aud"),
                at=self._state.now(),
                tenant=tenant,
                user=user,
                actor=who.id,
                actor_kind=who.kind,
                action=action,
                target="",
            )
        )


async def _once(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


def _belongings(state: State, owner: Owner) -> list[tuple[str, dict[Any, Any], list[Any]]]:
    """Where a user has something: its name, everybody's, and the keys of what is theirs."""
    theirs = {turn.id for turn in state.turns.values() if turn.owner == owner}
    owners: dict[str, tuple[dict[Any, Any], Callable[[Any], bool]]] = {
        "tool_calls": (state.calls, lambda call: call.turn_id in theirs),
        "paused_runs": (state.paused_runs, lambda _: True),
        "turns": (state.turns, lambda turn: turn.owner == owner),
        "feedback": (state.ratings, lambda each: (each.tenant, each.owner) == owner),
        "attachments": (state.attachments, lambda each: each.owner == owner),
        "files": (state.files, lambda each: each.owner == owner),
        "threads": (state.threads, lambda each: each.owner == owner),
        "facts": (state.facts, lambda each: each[0] == owner),
        "outbox": (state.emails, lambda each: each[0] == owner),
    }
    return [
        (
            name,
            rows,
            [
                key
                for key, row in rows.items()
                if is_theirs(row) and (name != "paused_runs" or key in theirs)
            ],
        )
        for name, (rows, is_theirs) in owners.items()
    ]
