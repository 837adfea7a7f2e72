"""For every route of the store a call with the victim's ids on somebody else's behalf."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from turnstream.contracts.approvals import Decision, ResumeRun
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.usage import CountOutsideTurn, ReserveOutsideTurn, ReserveUsage
from turnstream.contracts.operating.webhooks import RetryDeliveries, RotateWebhook
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    GiveFeedback,
    KeepFile,
    ReserveAttachment,
    ReserveFile,
    ThreadPatch,
    WriteAttempt,
)
from turnstream.contracts.tools import CallDecision, FinishCall, LedgerAnswer, ToolResult
from turnstream.contracts.turns import AcceptTurn, ClaimTurn, ReleaseTurn, RequestContext

from tests.support.store import belongings as own
from tests.support.store.belongings import Belongings
from tests.support.turns import LEASE, item, message


class Foreign(NamedTuple):
    """What is sent, and what comes back."""

    status: int
    body: Callable[[Belongings, Owner], Any] = lambda hers, owner: None
    says: str | None = None
    """The whole answer, where it is not a failure."""
    for_tenants: bool = False
    """The call is made for a tenant: another user of the same tenant may make it."""
    asks: Mapping[str, str] = {}
    """The query."""


def _turn(hers: Belongings, owner: Owner) -> AcceptTurn:
    context = RequestContext(user_id=owner.user, tenant=owner.tenant)
    said = message(thread_id=hers.thread)
    return AcceptTurn(turn_id=own.new_turn(), request=said, context=context)


def _end(hers: Belongings, _: Owner) -> WriteAttempt:
    said = {"items": [item(hers.item)], "removed": [hers.item], "end": {"status": "completed"}}
    return WriteAttempt.model_validate({"attempt": hers.running.attempt, **said})


def _patch(hers: Belongings, _: Owner) -> ThreadPatch:
    return ThreadPatch(attempt=hers.running.attempt, fields={"title": "mine now"})


NOT_FOUND, FENCED = Foreign(404), Foreign(409)
A_DAY = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
EMPTY_LIST = Foreign(200, says="[]")
EMPTY_PAGE = Foreign(200, says='{"data":[],"has_more":false}')

FOREIGN_CALLS = {
    "POST /turns": Foreign(404, _turn),
    "POST /turns/{turn_id}/claim": Foreign(
        200,
        lambda hers, owner: ClaimTurn(
            turn_id=hers.queued, tenant=owner.tenant, worker="w", lease=LEASE
        ),
        says="null",
        for_tenants=True,
    ),
    "POST /turns/{turn_id}/release": Foreign(
        409, lambda hers, _: ReleaseTurn(attempt=hers.running.attempt, count_as_failed=True)
    ),
    "POST /turns/{turn_id}/cancel": NOT_FOUND,
    "POST /turns/{turn_id}/disconnect": Foreign(204, says=""),
    "GET /turns/{turn_id}": NOT_FOUND,
    "GET /turns/{turn_id}/worker": NOT_FOUND,
    "GET /turns/{turn_id}/replay": NOT_FOUND,
    "GET /threads/{thread_id}/turn": NOT_FOUND,
    "POST /turns/{turn_id}/reservations": Foreign(
        409, lambda hers, _: ReserveUsage(attempt=hers.running.attempt, key="k", tokens=1)
    ),
    "POST /reservations": Foreign(
        204,
        lambda _, __: ReserveOutsideTurn(key="k", tokens=1, lasts=timedelta(minutes=1)),
        says="",
    ),
    "POST /usage": Foreign(204, lambda _, __: CountOutsideTurn(usage=[]), says=""),
    "GET /usage": Foreign(200, says='{"data":[],"after":null}', asks=A_DAY),
    "GET /tenant/usage": Foreign(
        200, says='{"data":[],"after":null}', for_tenants=True, asks=A_DAY
    ),
    "POST /turns/{turn_id}/writes": Foreign(409, _end),
    "PATCH /turns/{turn_id}/thread": Foreign(409, _patch),
    "GET /turns/{turn_id}/journal": Foreign(200, says="{}"),
    "PUT /turns/{turn_id}/paused-run": Foreign(
        409, lambda hers, _: own.pause(hers.running.attempt)
    ),
    "POST /turns/{turn_id}/resumption": Foreign(
        409,
        lambda hers, _: ResumeRun(attempt=hers.running.attempt, decision=Decision(call_id="c")),
    ),
    "GET /threads": EMPTY_PAGE,
    "GET /threads/{thread_id}": NOT_FOUND,
    "GET /tenant/threads": Foreign(200, says='{"data":[],"has_more":false}', for_tenants=True),
    "GET /tenant/threads/{thread_id}": Foreign(404, for_tenants=True),
    "GET /tenant/threads/{thread_id}/items": Foreign(404, for_tenants=True),
    "GET /threads/{thread_id}/metadata": NOT_FOUND,
    "PUT /threads/{thread_id}": NOT_FOUND,
    "PATCH /threads/{thread_id}": Foreign(404, _patch),
    "DELETE /threads/{thread_id}": NOT_FOUND,
    "GET /threads/{thread_id}/items": NOT_FOUND,
    "GET /threads/{thread_id}/items/{item_id}": NOT_FOUND,
    "PUT /threads/{thread_id}/items": Foreign(404, lambda hers, _: item(hers.item)),
    "DELETE /threads/{thread_id}/items/{item_id}": NOT_FOUND,
    "POST /threads/{thread_id}/feedback": Foreign(
        404, lambda hers, _: GiveFeedback(item_ids=[hers.item], kind="negative")
    ),
    "GET /threads/{thread_id}/feedback": NOT_FOUND,
    "PUT /attachments": Foreign(404, lambda hers, _: own.attached(hers.attachment)),
    "POST /attachments": Foreign(
        404,
        lambda hers, owner: ReserveAttachment(
            attachment=own.attached(hers.attachment), file_key=f"{new_id('atc')}.txt", size=1
        ),
    ),
    "POST /attachments/{attachment_id}/uploaded": Foreign(
        404, lambda hers, _: AttachmentUploaded(payload="{}", public="{}", size=1)
    ),
    "GET /attachments/{attachment_id}": NOT_FOUND,
    "DELETE /attachments/{attachment_id}": NOT_FOUND,
    "POST /files": Foreign(404, lambda hers, _: ReserveFile(key=hers.file, size=1)),
    "POST /files/{key}/keep": Foreign(404, lambda hers, _: KeepFile(thread_id=hers.thread)),
    "GET /facts": EMPTY_LIST,
    "POST /facts": Foreign(404, lambda hers, _: own.fact(hers.fact)),
    "POST /facts/{fact_id}/save": NOT_FOUND,
    "POST /facts/{fact_id}/discard": NOT_FOUND,
    "GET /outbox": EMPTY_LIST,
    "POST /outbox": Foreign(404, lambda hers, _: own.email(hers.email)),
    "POST /tool-calls/begin": Foreign(
        200, own.begin, says=LedgerAnswer(decision=CallDecision.FENCED).model_dump_json()
    ),
    "POST /tool-calls/{key}/finish": Foreign(
        409, lambda hers, _: FinishCall(run=1, result=ToolResult(output="mine now"))
    ),
    "POST /keys": Foreign(404, lambda hers, _: own.key(hers), for_tenants=True),
    "GET /keys": Foreign(200, says="[]", for_tenants=True),
    "POST /keys/{key_id}/revoke": Foreign(404, for_tenants=True),
    "POST /sessions": Foreign(404, lambda hers, _: own.session(hers), for_tenants=True),
    "GET /sessions/{session_id}": Foreign(404, for_tenants=True),
    "POST /sessions/{session_id}/cancel": Foreign(404, for_tenants=True),
    "GET /tenant": Foreign(200, for_tenants=True),
    "PUT /tenant": Foreign(200, lambda hers, _: TenantSettings(), for_tenants=True),
    "POST /schedules": Foreign(404, lambda hers, _: own.schedule(hers.schedule)),
    "GET /schedules": EMPTY_LIST,
    "POST /schedules/{schedule_id}/pause": NOT_FOUND,
    "POST /schedules/{schedule_id}/resume": NOT_FOUND,
    "DELETE /schedules/{schedule_id}": NOT_FOUND,
    "GET /schedules/{schedule_id}/occurrences": NOT_FOUND,
    "POST /webhooks": Foreign(404, lambda hers, _: own.webhook(hers.webhook), for_tenants=True),
    "GET /webhooks": Foreign(200, says="[]", for_tenants=True),
    "GET /webhooks/deliveries": Foreign(200, says="[]", for_tenants=True),
    "POST /webhooks/{webhook_id}/rotate": Foreign(
        404, lambda _, __: RotateWebhook(secret=own.HOOK_SECRET), for_tenants=True
    ),
    "POST /webhooks/{webhook_id}/disable": Foreign(404, for_tenants=True),
    "POST /webhooks/{webhook_id}/enable": Foreign(404, for_tenants=True),
    "DELETE /webhooks/{webhook_id}": Foreign(404, for_tenants=True),
    "POST /webhooks/{webhook_id}/retry": Foreign(
        404, lambda hers, _: RetryDeliveries(event_id=hers.event), for_tenants=True
    ),
    "GET /erasures/preview": Foreign(200),
    "GET /erasures/newest": NOT_FOUND,
    "GET /export": Foreign(200),
    "POST /holds": Foreign(200),
    "DELETE /holds": Foreign(204),
    "POST /erasures": Foreign(200),
    "POST /imports/threads": Foreign(409, lambda hers, _: own.imported(hers)),
    "POST /imports/files": Foreign(409, lambda hers, _: ReserveFile(key=hers.file, size=1)),
}
"""By method and path."""

FOR_EVERYBODY = {
    "POST /claims",
    "POST /leases",
    "POST /tool-calls/renew",
    "GET /dead-letters",
    "GET /dead-letters/{turn_id}",
    "POST /dead-letters/{turn_id}/requeue",
    "GET /failures",
    "GET /failures/{turn_id}",
    "GET /recordings/{turn_id}",
    "GET /emails",
    "GET /feedback",
    "GET /known-keys/{digest}",
    "GET /known-sessions/{digest}",
    "POST /revoked",
    "GET /tenants",
    "GET /holds",
    "GET /audit",
    "GET /queue",
    "PUT /workers/{instance}",
    "DELETE /workers/{instance}",
    "GET /operations/overview",
    "GET /operations/turns",
    "GET /operations/turns/{turn_id}",
    "POST /operations/turns/{turn_id}/content",
    "POST /operations/turns/{turn_id}/cancel",
    "POST /operations/turns/{turn_id}/run-again",
    "GET /all-usage",
}
"""Routes of operators, of system duties, and of gateways that do not know yet who asks."""


def path_of(route: str, hers: Belongings) -> str:
    """A route's path with the victim's ids in it."""
    ids = {
        "thread_id": hers.thread,
        "turn_id": hers.queued if route.endswith("/claim") else hers.running.turn_id,
        "item_id": hers.item,
        "attachment_id": hers.attachment,
        "key": hers.call if "tool-calls" in route else hers.file,
        "fact_id": hers.fact,
        "key_id": hers.key,
        "session_id": hers.session,
        "webhook_id": hers.webhook,
        "schedule_id": hers.schedule,
    }
    return route.split(" ")[1].format(**ids)
