"""The role that reads and writes rows of tenants, and the policy that it is subject to.

Tables belong to the user that migrates. The store switches to `turnstream_data`, to which row-level
security applies; owners and superusers bypass it. Services of an earlier version, which know no
role, go on as before.
"""

# ruff: noqa: S608 - the statements are put together from constants and the name of the schema

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from turnstream.telemetry import get_logger

log = get_logger(__name__)

DATA_ROLE = "turnstream_data"
POLICY = "of_tenant"
TENANT_SETTING = "turnstream.tenant"
"""The setting of a connection that names the tenant whose rows it reaches."""
ALL_TENANTS = "*"
"""What it says on a connection for duties of the system. No tenant has this name."""

_IS_REACHED = (
    f"{{column}} = current_setting('{TENANT_SETTING}', true)"
    f" OR current_setting('{TENANT_SETTING}', true) = '{ALL_TENANTS}'"
)


def protection(table: str, column: str = "tenant") -> str:
    """The statements that put a table under row-level security. Both need its lock for a moment.

    A migration runs this for every table that it makes and that has rows of tenants: the data role
    may use those tables only.
    """
    condition = _IS_REACHED.format(column=column)
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS {POLICY} ON {table};
        CREATE POLICY {POLICY} ON {table} USING ({condition});
    """


def in_one_statement(statements: str) -> str:
    """Statements as one: a driver that prepares takes one at a time."""
    return f"DO $$ BEGIN {statements} END $$"


def prepare_data_role(connection: sa.Connection, schema: str, member: str | None = None) -> None:
    """Make the data role, and give it the tables that are protected. Changes nothing if all is so.
    `member` is the user that the store connects as, where that is not the one that migrates.

    It runs after every migration, and so finds tables of later ones. Roles belong to the server:
    several databases of it may do this at the same time. Without the right to make a role it says
    so in the log and leaves it to the operator.
    """
    try:
        with connection.begin():
            for statement in _statements(schema):
                connection.execute(sa.text(statement))
            if member is not None and not connection.scalar(_is_member(member)):
                name = connection.dialect.identifier_preparer.quote(member)
                connection.execute(sa.text(f"GRANT {DATA_ROLE} TO {name}"))
    except DBAPIError as error:
        if not isinstance(error.orig and error.orig.__cause__, asyncpg.InsufficientPrivilegeError):
            raise
        log.warning(
            "no row-level security: the user that migrates may not make or give away its role",
            role=DATA_ROLE,
            reason=str(error.orig.__cause__ if error.orig else error),
            remedy=f"as an administrator: CREATE ROLE {DATA_ROLE} NOLOGIN; GRANT {DATA_ROLE} TO"
            " the users that migrate and that the store connects as; then migrate again",
        )


def _statements(schema: str) -> tuple[str, ...]:
    return (_MAKE, _JOIN, _GRANT.format(schema=schema))


def _is_member(user: str) -> sa.Select[bool]:
    return sa.select(sa.func.pg_has_role(user, DATA_ROLE, "MEMBER"))


_MAKE = in_one_statement(
    f"""
    IF to_regrole('{DATA_ROLE}') IS NULL THEN
        BEGIN
            CREATE ROLE {DATA_ROLE} NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- the migration of another database made it at this moment
        END;
    END IF;
    """
)

_JOIN = in_one_statement(
    f"""
    -- Since Postgres 16 the user that makes a role is a member that may not use it.
    IF NOT pg_has_role(current_user, '{DATA_ROLE}', CASE
        WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)
    THEN
        GRANT {DATA_ROLE} TO CURRENT_USER;
    END IF;
    """
)

_GRANT = in_one_statement(
    f"""
    DECLARE
        name regclass;
    BEGIN
        IF NOT has_schema_privilege('{DATA_ROLE}', '{{schema}}', 'USAGE') THEN
            GRANT USAGE ON SCHEMA "{{schema}}" TO {DATA_ROLE};
        END IF;
        IF NOT has_sequence_privilege('{DATA_ROLE}', '"{{schema}}".item_seq', 'USAGE') THEN
            GRANT USAGE ON SEQUENCE "{{schema}}".item_seq TO {DATA_ROLE};
        END IF;
        FOR name IN
            SELECT polrelid FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
            WHERE polname = '{POLICY}' AND relnamespace = '"{{schema}}"'::regnamespace
              AND NOT (has_table_privilege('{DATA_ROLE}', polrelid, 'SELECT')
                AND has_table_privilege('{DATA_ROLE}', polrelid, 'INSERT')
                AND has_table_privilege('{DATA_ROLE}', polrelid, 'UPDATE')
                AND has_table_privilege('{DATA_ROLE}', polrelid, 'DELETE'))
        LOOP
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {DATA_ROLE}', name);
        END LOOP;
    END;
    """
)
