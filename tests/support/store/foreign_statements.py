"""For every raw statement its values, with the victim's ids and any owner's name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import TurnEnd, TurnStatus
from turnstream_store.turns.acceptance.sql import NewTurn
from turnstream_store.turns.attempts.writing_sql import _values as values_of_writes
from turnstream_store.usage.counting_sql import parameters as counted

from tests.support.store.belongings import Belongings, new_turn
from tests.support.turns import LEASE, item


class StatementCase(NamedTuple):
    """A statement's values, by whom it is asked for."""

    values: Callable[[Belongings, Owner], tuple[Any, ...]]
    by_user: bool = True
    """False where it names a tenant alone."""
    by_tenant: bool = True
    """False where it names nobody: for duties of the system, and for anyone who has a secret."""


ANYBODYS = StatementCase(lambda _, __: (), by_tenant=False)
"""A duty's question, whether anybody has something to do."""


def _turn(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    return NewTurn(
        id=new_turn(),
        thread_id=hers.thread,
        tenant=owner.tenant,
        owner=owner.user,
        idempotency_key=None,
        kind="threads.add_user_message",
        fingerprint="f",
        request="{}",
        context="{}",
        opening="[]",
        prelude="[]",
        input_item_id=None,
        session_id=None,
        tenant_share=1.0,
        max_running=16,
        credentials=None,
        max_running_of_session=8,
    )


def _accepted(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    said = ("msg_new", "{}", "{}")
    return (*_turn(hers, owner), *said, 10, 10, 0, 0)


def _written(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    said = {"items": [item(hers.item)], "steps": [{"key": "k", "value": "1"}]}
    command = WriteAttempt.model_validate({"attempt": hers.running.attempt, **said})
    return values_of_writes(owner, hers.running.turn_id, command)


def _counted(hers: Belongings) -> tuple[Any, ...]:
    said = {"usage": [{"key": "k", "reserved": "call_next"}], "played_back": [hers.model_call]}
    return counted(WriteAttempt.model_validate({"attempt": hers.running.attempt, **said}))


def _ended(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    end = TurnEnd(status=TurnStatus.COMPLETED)
    return (*_written(hers, owner), end.status, None, False, None)


def _key(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    return (owner.tenant, hers.key, hers.digest)


def _session(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    return (owner.tenant, hers.session, hers.digest)


def _of_turn(hers: Belongings, owner: Owner) -> tuple[Any, ...]:
    return (hers.running.turn_id, hers.running.attempt, *owner)


FOREIGN_STATEMENTS = {
    "turns.acceptance.sql._LOCK_THREAD": StatementCase(lambda hers, owner: (hers.thread, *owner)),
    "turns.acceptance.sql._WRITE": StatementCase(lambda hers, owner: (*_accepted(hers, owner), 10)),
    "turns.acceptance.sql._WRITE_IF_FREE": StatementCase(
        lambda hers, owner: (*_accepted(hers, owner), 10)
    ),
    "turns.acceptance.sql._BEGIN_THREAD": StatementCase(
        lambda hers, owner: (*_accepted(hers, owner), datetime.now(UTC), 10)
    ),
    "turns.attempts.claim_sql._CLAIM": StatementCase(
        lambda hers, owner: (hers.queued, "w", LEASE, 3, TurnStatus.QUEUED, owner.tenant),
        by_user=False,
    ),
    "turns.acceptance.sql._ADD_THREAD": StatementCase(
        lambda hers, owner: (hers.thread, *owner, datetime.now(UTC), None, 0, 10)
    ),
    "turns.waiting.rounds_sql._PROMOTE_ONE": StatementCase(lambda _, owner: (*owner, 0)),
    "turns.due_sql.EXPIRED": ANYBODYS,
    "turns.due_sql.DISCONNECTED": ANYBODYS,
    "turns.due_sql.TO_CLOSE": ANYBODYS,
    "turns.due_sql.WAITING": ANYBODYS,
    "files.due_sql.OVERDUE": ANYBODYS,
    "erasure.due_sql.UNPROVEN": ANYBODYS,
    "schedules.due_sql.DUE": ANYBODYS,
    "webhooks.deliveries_sql.ANY_DUE": ANYBODYS,
    "turns.waiting.rounds_sql._USERS_WAITING": StatementCase(
        lambda _, owner: (*owner, 10), by_tenant=False
    ),
    "turns.waiting.backlog._COUNT": StatementCase(lambda _, __: (), by_tenant=False),
    "turns.waiting.backlog._DEAD": StatementCase(lambda _, __: (), by_tenant=False),
    "turns.attempts.claim_sql._CLAIM_NEXT": StatementCase(
        lambda _, __: (3, "w", LEASE), by_tenant=False
    ),
    "turns.attempts.claim_sql._CLAIM_NEXT_WAITING": StatementCase(
        lambda _, __: (3, "w", LEASE), by_tenant=False
    ),
    "turns.attempts.claim_sql._ANY_WAITS": StatementCase(lambda _, __: (3,), by_tenant=False),
    "turns.attempts.claim_sql._COMPLETE": StatementCase(_of_turn),
    "turns.attempts.writing_sql._WRITE": StatementCase(_written),
    "turns.attempts.writing_sql._END": StatementCase(_ended),
    "turns.attempts.writing_sql._COUNT": StatementCase(
        lambda hers, owner: (*_written(hers, owner), *_counted(hers))
    ),
    "turns.attempts.writing_sql._COUNT_AND_END": StatementCase(
        lambda hers, owner: (*_ended(hers, owner), *_counted(hers))
    ),
    "usage.counting_sql._COUNT_OUTSIDE": StatementCase(
        lambda hers, owner: ("", 0, *owner, "[]", [hers.model_call])
    ),
    "turns.attempts.writing_sql._REMOVE": StatementCase(
        lambda hers, owner: (*_of_turn(hers, owner), [hers.item])
    ),
    "turns.attempts.writing_sql._STANDS": StatementCase(
        lambda hers, owner: (hers.running.turn_id, *owner)
    ),
    "queue.queue_sql._WAITING": StatementCase(lambda _, __: (), by_tenant=False),
    "queue.queue_sql._ENDED": StatementCase(lambda _, __: (30.0,), by_tenant=False),
    "operations.overview_sql._LOAD": StatementCase(lambda _, __: (), by_tenant=False),
    "operations.overview_sql._ENDS": StatementCase(lambda _, __: (300.0,), by_tenant=False),
    "turns.attempts.lease_sql._RENEW": StatementCase(
        lambda hers, _: (LEASE, [hers.running.turn_id], [hers.running.attempt], [""]),
        by_tenant=False,
    ),
    "tool_calls.renewal_sql._RENEW": StatementCase(
        lambda hers, _: (LEASE, [hers.call], [1], "i"), by_tenant=False
    ),
    "audit.queries._ADD": StatementCase(
        lambda hers, owner: (owner.tenant, hers.key, owner.user, "", "key", "", "", "{}"),
        by_tenant=False,
    ),
    "identity.keys_sql._CREATE": StatementCase(
        lambda hers, owner: (*_key(hers, owner), ["chat"], "", None), by_user=False
    ),
    "identity.keys_sql._REPEATED": StatementCase(_key, by_user=False),
    "identity.keys_sql._NEWEST": StatementCase(
        lambda hers, owner: (owner.tenant, 10), by_user=False
    ),
    "identity.keys_sql._REVOKE": StatementCase(
        lambda hers, owner: (owner.tenant, hers.key), by_user=False
    ),
    "identity.keys_sql._FIND": StatementCase(lambda hers, _: (hers.digest,), by_tenant=False),
    "identity.keys_sql._ENDED": StatementCase(lambda hers, _: ([],), by_tenant=False),
    "identity.sessions_sql._CREATE": StatementCase(
        lambda hers, owner: (
            *_session(hers, owner),
            owner.user,
            "{}",
            "{}",
            1,
            None,
            timedelta(minutes=1),
        ),
        by_user=False,
    ),
    "identity.sessions_sql._REPEATED": StatementCase(_session, by_user=False),
    "identity.sessions_sql._SHOW": StatementCase(
        lambda hers, owner: (owner.tenant, hers.session), by_user=False
    ),
    "identity.sessions_sql._CANCEL": StatementCase(
        lambda hers, owner: (owner.tenant, hers.session), by_user=False
    ),
    "identity.sessions_sql._FIND": StatementCase(lambda hers, _: (hers.digest,), by_tenant=False),
    "webhooks.outbox_sql._NOTE": StatementCase(lambda hers, owner: (hers.running.turn_id, *owner)),
    "webhooks.deliveries_sql._LOCK_DUE": StatementCase(lambda _, __: (), by_tenant=False),
    "webhooks.deliveries_sql._CLAIM": StatementCase(
        lambda hers, _: ([hers.webhook], 4, 4, LEASE), by_tenant=False
    ),
    "webhooks.deliveries_sql._DELIVERED": StatementCase(
        lambda hers, _: (hers.webhook, hers.event, 0, 200), by_tenant=False
    ),
    "webhooks.deliveries_sql._FAILED": StatementCase(
        lambda hers, _: (hers.webhook, hers.event, 0, 500, "no", None), by_tenant=False
    ),
    "webhooks.deliveries_sql._DISABLE_FAILING": StatementCase(
        lambda hers, owner: (owner.tenant, hers.webhook, "failing", timedelta(0)), by_user=False
    ),
}
"""By module and name."""

ON_SERVERS = frozenset(
    {
        "database.row_security._SET_TENANT",
        "database.row_security._HOLDS",
        "probe._FACTS",
        "probe._CLOCK",
        "probe._REVISION",
    }
)
"""Statements about a connection or a server: they read and write no row of anybody's."""
