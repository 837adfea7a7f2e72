"""Something of everything that a user can have in the store, and who must not reach it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from turnstream.contracts.approvals import PauseRun, WaitingCall
from turnstream.contracts.identity import CreateKey, CreateSession, Scope, SessionWorkflow
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.imports import ImportThread
from turnstream.contracts.operating.usage import ReserveUsage
from turnstream.contracts.operating.webhooks import CreateWebhook, WebhookEvent
from turnstream.contracts.owner import Owner, Tenant
from turnstream.contracts.schedules import CreateSchedule
from turnstream.contracts.store_api import (
    GiveFeedback,
    ReserveAttachment,
    ReserveFile,
    SaveFact,
    SendEmail,
    StoredAttachment,
)
from turnstream.contracts.tools import BeginCall
from turnstream.contracts.turns import CancelReason, ClaimedTurn, ClaimTurn
from turnstream.store_client import StoreClient

from tests.support.turns import LEASE, accept, item, message, write

VICTIM = Owner("acme", "ann")
FOREIGNERS = (Owner("globex", "ann"), Owner("acme", "bob"))
"""A user of the same name in another tenant; another user of the same tenant."""
HOOK_SECRET = "whsec_" + "dHVybnN0cmVhbS13ZWJob29rcy1hcmUtc2lnbmVk"
SECRET = "what only ann may know"
"""It is in every text that is hers."""


@dataclass(frozen=True)
class Belongings:
    """The ids of what the victim has."""

    thread: str
    running: ClaimedTurn
    queued: str
    """A turn that waits in a thread of its own."""
    item: str = "msg_hers"
    attachment: str = "atc_hers"
    unsent: str = "atc_unsent"
    file: str = f"file_{'f' * 32}.bin"
    fact: str = "fact_hers"
    email: str = "mail_hers"
    call: str = "call_hers"
    model_call: str = "model_hers"
    key: str = "key_hers"
    session: str = "cksess_hers"
    schedule: str = "sch_hers"
    webhook: str = "whk_hers"
    event: str = ""
    """What her webhook is told of a turn that was stopped before it ran."""
    idempotency_key: str = "again"
    digest: str = "a" * 64


async def belongings(client: StoreClient) -> Belongings:
    """Give the victim something of everything."""
    accepted = await accept(client, message(SECRET), owner=VICTIM, key="again")
    command = ClaimTurn(turn_id=accepted.turn_id, tenant=VICTIM.tenant, worker="w", lease=LEASE)
    running = await client.turns.claim(command)
    queued = await accept(client, message(SECRET), owner=VICTIM)
    assert running is not None
    await client.webhooks.create(VICTIM.tenant, webhook("whk_hers"))
    stopped = await accept(client, message(SECRET, thread_id=queued.thread_id), owner=VICTIM)
    await client.turns.cancel(VICTIM, stopped.turn_id, CancelReason.STOP)
    event = f"evt_{stopped.turn_id.removeprefix('turn_')}_0"
    hers = Belongings(running.thread_id, running, queued.turn_id, event=event)
    step = {"key": "step", "value": f'"{SECRET}"'}
    call = {"key": hers.model_call, "agent": SECRET, "input_tokens": 1, "cost": 1}
    said = [item(hers.item, text=SECRET)]
    await write(client, running, items=said, steps=[step], usage=[call])
    reserved = ReserveUsage(attempt=running.attempt, key="call_next", tokens=1)
    await client.usage.reserve(VICTIM, running.turn_id, reserved)
    for attachment in (hers.attachment, hers.unsent):
        reserve = ReserveAttachment(
            attachment=attached(attachment), file_key=new_id("file") + ".bin", size=5
        )
        await client.attachments.reserve(VICTIM, reserve)
    await client.files.reserve(VICTIM, ReserveFile(key=hers.file, size=5))
    await client.facts.add(VICTIM, fact(hers.fact))
    await client.emails.add(VICTIM, email(hers.email))
    rating = GiveFeedback(item_ids=[hers.item], kind="positive")
    await client.feedback.give(VICTIM, hers.thread, rating)
    await client.paused_runs.pause(VICTIM, running.turn_id, pause(running.attempt))
    await client.tool_calls.begin(begin(hers, VICTIM))
    await client.keys.create(Tenant(VICTIM.tenant), key(hers))
    await client.sessions.create(Tenant(VICTIM.tenant), session(hers))
    await client.schedules.create(VICTIM, schedule(hers.schedule))
    return hers


def attached(attachment: str) -> StoredAttachment:
    """An attachment's metadata."""
    text = f'{{"id": "{attachment}", "name": "{SECRET}"}}'
    return StoredAttachment(attachment_id=attachment, payload=text, public=text)


def fact(fact_id: str) -> SaveFact:
    """Something about the victim."""
    return SaveFact(id=fact_id, text=SECRET)


def email(email_id: str) -> SendEmail:
    """A letter of the victim's."""
    return SendEmail(id=email_id, recipient="a@example.com", subject=SECRET, body=SECRET)


def pause(attempt: int) -> PauseRun:
    """A run that waits for the victim."""
    call = WaitingCall(call_id="c", tool="t", arguments="{}", item_id="msg_hers")
    return PauseRun(attempt=attempt, state=f'"{SECRET}"', calls=[call])


def begin(hers: Belongings, owner: Owner) -> BeginCall:
    """A tool call in the victim's turn, made for somebody."""
    return BeginCall(
        turn_id=hers.running.turn_id,
        tenant=owner.tenant,
        owner=owner.user,
        attempt=hers.running.attempt,
        key=hers.call,
        tool="t",
        idempotent=True,
        instance="i",
        lease=timedelta(milliseconds=-1),  # its runner is dead: the next to ask may run it
        reply_to="r",
    )


def key(hers: Belongings) -> CreateKey:
    """A server key of the victim's tenant."""
    return CreateKey(id=hers.key, digest=hers.digest, scopes=frozenset({Scope.CHAT}), name=SECRET)


def session(hers: Belongings) -> CreateSession:
    """A session of the victim's."""
    flow = SessionWorkflow(id="wf", state_variables={"secret": SECRET})
    return CreateSession(id=hers.session, digest=hers.digest, user=VICTIM.user, workflow=flow)


def webhook(webhook_id: str) -> CreateWebhook:
    """A webhook of the victim's tenant, at a host that is none."""
    return CreateWebhook(
        id=webhook_id,
        url="https://hooks.invalid/turns",
        events=[*WebhookEvent],
        secret=HOOK_SECRET,
        description="billing",
    )


def schedule(schedule_id: str) -> CreateSchedule:
    """A message of the victim's that is sent every day."""
    return CreateSchedule(id=schedule_id, message=SECRET, cron="0 9 * * *")


def imported(hers: Belongings) -> ImportThread:
    """The victim's thread, as if it came from elsewhere."""
    begun = datetime(2025, 1, 1, tzinfo=UTC)
    return ImportThread(thread_id=hers.thread, created_at=begun, items=[item(hers.item)])


async def snapshot(connection: asyncpg.Connection, owner: Owner = VICTIM) -> dict[str, Any]:
    """Every row of an owner's, by table, as the database holds it now.

    Rows of a table that knows no users are those of the tenant.
    """
    found = {}
    for table, has_owner in await tables(connection):
        whose = "tenant = $1 AND owner = $2" if has_owner else "tenant = $1 AND $2 <> ''"
        query = f"SELECT row_to_json(t)::text FROM {table} AS t WHERE {whose} ORDER BY 1"
        found[table] = [row[0] for row in await connection.fetch(query, *owner)]
    return found


async def tables(connection: asyncpg.Connection) -> Sequence[tuple[str, bool]]:
    """Every table with rows of tenants, and whether it names users."""
    query = """
        SELECT table_name, bool_or(column_name = 'owner') FROM information_schema.columns
        WHERE table_schema = 'turnstream' GROUP BY table_name
        HAVING bool_or(column_name = 'tenant') ORDER BY table_name
    """
    return [(name, has_owner) for name, has_owner in await connection.fetch(query)]


def new_turn() -> str:
    """An id of a foreigner's own."""
    return new_id("turn")
