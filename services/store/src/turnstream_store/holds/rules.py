"""Legal holds: placed and released by operators."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import Action, Actor, Hold
from turnstream.contracts.owner import Owner
from turnstream.errors import NotFound, UserBeingErased

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.erasure import queries as erasures
from turnstream_store.holds import queries as holds
from turnstream_store.holds.tables import ALL_USERS, HoldRow


async def place_hold(session: AsyncSession, tenant: str, user: str | None, actor: Actor) -> Hold:
    """Keep what a user has, or all users of a tenant, from retention and erasure.

    Raises `UserBeingErased` when it comes too late. An erasure takes the same lock before it looks
    for holds, so of the two the one that commits first is seen by the other.
    """
    owner = Owner(tenant, user or ALL_USERS)
    await erasures.lock_owner(session, owner)
    if await erasures.is_blocked(session, owner):
        raise UserBeingErased("It is too late for a hold: the erasure has begun.")
    row = await holds.place(session, owner)
    await audit.add_within(session, AuditEvent(Action.HOLD_PLACED, actor, tenant, user))
    return _hold(row)


async def release_hold(session: AsyncSession, tenant: str, user: str | None, actor: Actor) -> None:
    """End a hold. Raises `NotFound`."""
    if not await holds.release(session, Owner(tenant, user or ALL_USERS)):
        raise NotFound("There is no such hold.")
    await audit.add_within(session, AuditEvent(Action.HOLD_RELEASED, actor, tenant, user))


async def list_holds(session: AsyncSession, limit: int) -> list[Hold]:
    """Holds, newest first."""
    return [_hold(row) for row in await holds.newest(session, limit)]


def _hold(row: HoldRow) -> Hold:
    user = None if row.owner == ALL_USERS else row.owner
    return Hold(tenant=row.tenant, user=user, placed_at=row.placed_at)
