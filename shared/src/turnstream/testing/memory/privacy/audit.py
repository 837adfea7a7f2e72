"""The audit in memory."""

from datetime import UTC, datetime

from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import Action, Actor, AuditEntry, AuditPage
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json
from turnstream.errors import BadRequest


class Audit:
    """What operators and keys did, oldest first."""

    def __init__(self) -> None:
        self._entries: list[AuditEntry] = []

    def tell(
        self,
        action: Action,
        actor: Actor | None,
        whom: Owner | str,
        target: str = "",
        detail: Json | None = None,
    ) -> None:
        """Add an entry about a user, or about a tenant."""
        who = actor or Actor()
        tenant, user = (whom, None) if isinstance(whom, str) else whom
        entry = AuditEntry(
            id=new_id("aud"),
            at=datetime.now(UTC),
            tenant=tenant,
            user=user,
            actor=who.id,
            actor_kind=who.kind,
            action=action,
            target=target,
            detail=detail or {},
        )
        self._entries.append(entry)

    def about(self, owner: Owner) -> list[AuditEntry]:
        """The entries about a user, oldest first."""
        return [each for each in self._entries if (each.tenant, each.user) == owner]

    def rename(self, owner: Owner, pseudonym: str) -> int:
        """Put another name in place of a user's; how many entries have it."""
        count = len(self.about(owner))
        self._entries = [
            each.model_copy(update={"user": pseudonym})
            if (each.tenant, each.user) == owner
            else each
            for each in self._entries
        ]
        return count

    def page(
        self, limit: int, since: datetime | None, action: str | None, after: str | None
    ) -> AuditPage:
        """Entries, newest first. `after` is the last one of the page before."""
        newest_first = self._entries[::-1]
        if after is not None:
            ids = [each.id for each in newest_first]
            if after not in ids:
                raise BadRequest("`after` is not what a page of the audit gave.")
            newest_first = newest_first[ids.index(after) + 1 :]
        found = [
            each
            for each in newest_first
            if (since is None or each.at >= since) and action in (None, each.action)
        ]
        page = found[:limit]
        return AuditPage(data=page, after=page[-1].id if len(found) > limit else None)
