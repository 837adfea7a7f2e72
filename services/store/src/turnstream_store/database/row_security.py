"""Whether Postgres itself keeps tenants apart, and whose rows a connection reaches."""

from contextlib import suppress
from typing import Any, NamedTuple

import asyncpg
from turnstream.errors import Unavailable
from turnstream.telemetry import get_logger

from turnstream_store.database.data_role import DATA_ROLE, TENANT_SETTING
from turnstream_store.database.statements import Statement
from turnstream_store.settings import RowSecurityMode

log = get_logger(__name__)

_NO_ROLE = (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError)
"""The role is not there, or not for this user."""


class CurrentTenant(NamedTuple):
    """Whose rows a connection reaches from now on."""

    tenant: str


class HeldRole(NamedTuple):
    """What the role of a connection is subject to."""

    held: bool
    """True when row-level security holds for it, and it may write."""


_SET_TENANT = Statement(
    f"SELECT set_config('{TENANT_SETTING}', $1, false) AS tenant",
    CurrentTenant,
)
_HOLDS = Statement(
    """
    SELECT coalesce(
        row_security_active(turns) AND has_table_privilege(turns, 'INSERT'), false
    ) AS held
    FROM to_regclass('turns') AS turns
    """,
    HeldRole,
)


class RowSecurityMissing(Unavailable):
    """Row-level security was asked for and does not hold for the user of the database."""


class TenantConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that reaches the rows of one tenant, and remembers of which."""

    tenant: str | None = None
    """The tenant whose rows it reaches; None before the first."""

    async def set_tenant(self, tenant: str) -> None:
        """Reach the rows of this tenant from now on. Costs nothing where it is so already.

        Call it outside any transaction: what a transaction set would be undone by its rollback.
        """
        if self.tenant == tenant:
            return
        self.tenant = None
        try:
            await _SET_TENANT.one(self, tenant)
        except BaseException:  # it may reach anybody's rows now
            self.terminate()
            raise
        self.tenant = tenant


class RowSecurity:
    """Takes on the data role in every new connection, and knows whether that helped."""

    def __init__(self, mode: RowSecurityMode) -> None:
        self._mode = mode
        self.in_force: bool | None = None
        """What the newest connection found; None before the first."""

    async def enter(self, connection: Any) -> None:
        """Prepare a new connection. Raises `RowSecurityMissing` where it must be and is not."""
        held = await self._enter(connection)
        if not held and self.in_force is not False and self._mode is RowSecurityMode.AUTO:
            log.warning("no row-level security: queries alone keep tenants apart", role=DATA_ROLE)
        self.in_force = held
        if self._mode is RowSecurityMode.REQUIRE and not held:
            raise RowSecurityMissing(
                f"ROW_SECURITY=require: row-level security does not hold for the user of"
                f" DATABASE_URL, which is to be a member of the role {DATA_ROLE}."
            )

    async def _enter(self, connection: Any) -> bool:
        if self._mode is not RowSecurityMode.OFF:
            with suppress(*_NO_ROLE):  # the user itself may be subject to row-level security
                await connection.execute(f"SET ROLE {DATA_ROLE}")
        [found] = await _HOLDS.all(connection)
        if not found.held:
            await connection.execute("RESET ROLE")
        return found.held
