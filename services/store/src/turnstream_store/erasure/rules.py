"""Erasures: how they are requested and reported."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import (
    Action,
    Actor,
    Erasure,
    ErasureState,
    UserDataSummary,
)
from turnstream.contracts.owner import Owner
from turnstream.errors import LegalHold, NotFound
from turnstream.secrets.internal_key import KeyRing

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.erasure import queries
from turnstream_store.erasure.registry import PSEUDONYMISED
from turnstream_store.erasure.tables import ErasureRow
from turnstream_store.holds import queries as holds
from turnstream_store.holds.tables import ALL_USERS

_SUBJECT = "turnstream erasures"


async def begin_erasure(
    session: AsyncSession, owner: Owner, actor: Actor, ring: KeyRing
) -> Erasure:
    """Block the user and begin to delete their data; an erasure under way is returned as it is.

    Raises `LegalHold`.

    Anyone who adds something of the user's takes the lock that we take, and holds it to the end of
    its transaction. So it has committed before we begin, and is found by the steps; or it gets the
    lock after we commit, looks for an erasure in a snapshot that is younger, and is refused.
    """
    await queries.lock_owner(session, Owner(owner.tenant, ALL_USERS), shared=True)
    await queries.lock_owner(session, owner)
    known = await queries.under_way(session, owner)
    if known is not None:
        return report_of(known)
    if await holds.holds_on(session, owner):
        raise LegalHold()
    names = (new_id("erased"), subjects(owner, ring)[0])
    row = await queries.begin(session, owner, new_id("ers"), names)
    deed = AuditEvent(Action.USER_ERASED, actor, owner.tenant, owner.user, target=row.id)
    await audit.add_within(session, deed)
    return report_of(row)


async def show_erasure(session: AsyncSession, owner: Owner, ring: KeyRing) -> Erasure:
    """The newest erasure of a user, done or not. Raises `NotFound`."""
    row = await queries.newest(session, owner.tenant, subjects(owner, ring))
    if row is None:
        raise NotFound("There is no erasure of this user.")
    return report_of(row)


async def preview(session: AsyncSession, owner: Owner) -> UserDataSummary:
    """What an erasure of the user would delete."""
    found = await queries.count(session, owner)
    counts, pseudonymised = _split_counts({kind: rows for kind, rows in found.items() if rows})
    return UserDataSummary(counts=counts, pseudonymised=pseudonymised)


def subjects(owner: Owner, ring: KeyRing) -> Sequence[str]:
    """What an erasure keeps of a name: nobody reads it back, or tries names, without the key.

    One for each key of the ring: an erasure from before the key was changed is found too.
    """
    name = "/".join(owner).encode()
    return [hmac.new(key, name, sha256).hexdigest() for key in ring.derived(_SUBJECT)]


def report_of(row: ErasureRow) -> Erasure:
    """The report of an erasure."""
    counts, pseudonymised = _split_counts(row.counts)
    return Erasure(
        id=row.id,
        tenant=row.tenant,
        state=ErasureState(row.state),
        counts=counts,
        pseudonymised=pseudonymised,
        left=row.left,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        proven_at=row.proven_at,
    )


def _split_counts(counts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """What is deleted, and what is kept under a pseudonym."""
    kept = {owned.name for owned in PSEUDONYMISED}
    deleted = {kind: number for kind, number in counts.items() if kind not in kept}
    return deleted, {kind: number for kind, number in counts.items() if kind in kept}
