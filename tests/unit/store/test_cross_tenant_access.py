"""Who in the store has cross-tenant access."""

import ast
from collections.abc import Iterator
from pathlib import Path

STORE = Path(__file__).parents[3] / "services/store/src/turnstream_store"

CROSS_TENANT = {
    # Operators.
    "operator_routes.listing",
    "operator_routes.show",
    "operator_routes.requeue",
    "operator_routes.failures",
    "operator_routes.failure",
    "operator_routes.emails",
    "operator_routes.feedback",
    "operator_routes.usage",
    "operations/routes.seen",  # workers, who are nobody's
    "operations/routes.gone",
    "operations/routes.turns",
    "operations/routes.turn",
    "operations/routes.content",
    "operations/routes.cancel",
    "operations/actions.owner_of",  # whose turn it is; it runs again as its owner's
    "operations/overview._look",
    "operations/retention.forget_workers",
    "recordings/rules.record_turn",  # whose turn it is; the rest is read as its owner
    "audit/routes.audit",
    "holds/routes.listing",
    "identity/limits._read",  # limits alone, also for claims, which know no tenant before
    "identity/routes.list_tenants",
    "operators.__call__",  # who shows a key, before it is known whose it is
    "database/pools.all_tenants",
    "dependencies._all_tenants_transaction",  # what gives all of these their session
    "dependencies._all_tenants_connection",  # and their connection
    "dependencies._reached",  # where an operator names no tenant
    # Gateways that hold a secret and do not know yet whose it is.
    "identity/routes.find_key",
    "identity/routes.find_session",
    "identity/routes.revoked",
    # Duties of the system: they find rows, and act on each for its owner.
    "database/due.is_due",  # whether there is anything to do, and nothing else
    "turns/takeover.requeue_expired",
    "turns/takeover.__call__",  # each is closed for its owner
    "turns/duties.republish",
    "turns/retention.purge_turns",
    "turns/retention.forget_journals",
    "identity/retention.purge_sessions",
    "usage/retention.purge_usage",
    "usage/retention.purge_budgets",
    "guide_data/retention.purge_emails",
    "files/retention.delete_orphans",
    "threads/retention.__call__",  # each is deleted for its owner
    "turns/duties.__call__",  # whose client is gone, and whom others made wait
    "turns/waiting/backlog.refresh",  # numbers alone
    "queue/rules._look",  # numbers alone, too
    "turns/attempts/rules.claim_next",  # tenants take turns
    "erasure/duties.__call__",  # each is gone on with for its tenant
    "audit/retention.purge_audit",
    "webhooks/sender._claim",  # each is sent for its tenant
    "webhooks/retention.purge_deliveries",
    "schedules/duties.__call__",  # each is run for its owner
    "schedules/retention.purge_occurrences",
    "redis_memory/logs.__call__",  # ids alone, of logs to be deleted
    "guide_data/retention.purge_discarded_facts",
    "turns/routes.renew",
    "tool_calls/routes.renew",
    # Whether Postgres answers, has the right schema, and keeps tenants apart.
    "app._answers",
    "database/schema/watch.serves",
    "app._look_at_row_security",
}


def test_only_these_have_cross_tenant_access() -> None:
    """Anyone who is not on the list names a tenant, and Postgres holds them to it."""
    found = {name for path in STORE.rglob("*.py") for name in _users(path)}
    assert found == CROSS_TENANT


def _users(path: Path) -> Iterator[str]:
    module = path.relative_to(STORE).with_suffix("").as_posix()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _reaches(node):
            yield f"{module}.{node.name}"


def _reaches(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    all_tenants = {"AllTenantsSession", "AllTenantsConnection", "ALL_TENANTS", "all_tenants"}
    return bool(all_tenants & (names | attributes))
