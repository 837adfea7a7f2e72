"""What an operator does to a turn: read it, stop it, run it again. The audit tells of each."""

from collections.abc import Sequence

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.operations import (
    CUT,
    RunAgain,
    TurnContent,
    TurnStarted,
    TurnSummary,
    repeated,
)
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import (
    AcceptTurn,
    BusyPolicy,
    CancelReason,
    RequestContext,
    TurnStatus,
)
from turnstream.errors import NotFound, Unprocessable

from turnstream_store.announcements import Announcement
from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database
from turnstream_store.operations import queries
from turnstream_store.operations.rules import RUNS_AGAIN, summary_of
from turnstream_store.recordings.queries import items_of
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import queries as threads
from turnstream_store.turns import all_tenants_queries as cross_tenant
from turnstream_store.turns import queries as turns
from turnstream_store.turns.acceptance import rules as acceptance
from turnstream_store.turns.acceptance.rules import AcceptedTurn
from turnstream_store.turns.acceptance.under_way import Placement
from turnstream_store.turns.cancellation import cancel_turn
from turnstream_store.turns.tables import TurnRow

_LARGEST = 500_000
"""Characters of items and records that are shown of a turn. `turnstream record` takes all."""


async def read_turn(session: AsyncSession, turn_id: str, actor: Actor) -> TurnContent:
    """What was said in a turn, as far as a page can show it. Raises `NotFound`."""
    row = await _found(session, turn_id)
    owner = owner_of_row(row)
    items, left, cut = [], _LARGEST, False
    for item in await items_of(session, owner, row):
        left -= len(item.payload)
        if left < 0:
            cut = True
            break
        items.append(orjson.loads(item.payload))
    journal: dict[str, str] = {}
    for key, value in (await turns.recorded_steps(session, owner, turn_id)).items():
        left -= min(len(value), CUT)
        cut = cut or left < 0 or len(value) > CUT
        if left >= 0:
            journal[key] = value[:CUT]
    await _audit(session, Action.TURN_READ, actor, row)
    return TurnContent(request=orjson.loads(row.request), items=items, journal=journal, cut=cut)


async def stop_turn(
    session: AsyncSession, turn_id: str, actor: Actor
) -> tuple[TurnSummary, list[Announcement]]:
    """Stop a turn, as its user's Stop would. Raises `NotFound`."""
    row = await _found(session, turn_id, lock=True)
    announcements: list[Announcement] = []
    if not TurnStatus(row.status).ended and row.cancel is None:
        announcements = await cancel_turn(session, row, CancelReason.STOP)
        await _audit(session, Action.TURN_CANCELLED, actor, row)
    line = await queries.line(session, turn_id)
    if line is None:
        raise NotFound(f"There is no turn {turn_id}.")
    return summary_of(line), announcements


async def owner_of(database: Database, turn_id: str) -> Owner:
    """The owner of a turn. Raises `NotFound`."""
    async with database.all_tenants().session() as session:
        return owner_of_row(await _found(session, turn_id))


async def run_again(
    database: Database,
    turn_id: str,
    command: RunAgain,
    accepting: tuple[Owner, StoreSettings, Placement],
    actor: Actor,
) -> tuple[TurnStarted, Sequence[Announcement]]:
    """Repeat the request of a turn in its thread; what is to be announced of the new turn.

    An operator's repeat has the limits of every acceptance: it is a turn of the user's, which takes
    their tenant's place in the queue and spends their budget. Where a tenant is full one turn more
    would do no harm, but operators repeat what an incident has failed, hundreds in a loop, when the
    deployment can bear it least. A refusal comes before anything of the thread is replaced, and
    says when to try again. Who must go on at once raises the tenant's limit, which the audit tells.

    Raises `NotFound`, `Unprocessable`, and what an acceptance raises.
    """
    owner, _, placement = accepting
    # Not in the transaction of the request: a turn that is held back is looked for once more when
    # its acceptance is committed.
    async with database.of(owner.tenant).session() as session:
        started, accepted = await _repeat(session, turn_id, command, accepting, actor)
    accepted = await acceptance.promote_missed(database, owner, accepted, placement)
    return started, accepted.announcements


async def _repeat(
    session: AsyncSession,
    turn_id: str,
    command: RunAgain,
    accepting: tuple[Owner, StoreSettings, Placement],
    actor: Actor,
) -> tuple[TurnStarted, AcceptedTurn]:
    """The lock on the thread keeps others from going on with it between our look and the
    acceptance.
    """
    owner, settings, placement = accepting
    row = await turns.load(session, owner, turn_id)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    await threads.load(session, owner, row.thread_id, lock=True)
    newest = await turns.newest_in_thread(session, owner, row.thread_id)
    is_repeated = newest is not None and newest.id == command.turn_id
    if not is_repeated:
        _check_may_run(row, newest)
    repeating = _repeating(row, command)
    accepted = await acceptance.accept_within(session, repeating, settings, placement)
    if not is_repeated:
        detail = {"new_turn": command.turn_id}
        await _audit(session, Action.TURN_RERUN, actor, row, detail)
    return TurnStarted(turn_id=command.turn_id, thread_id=row.thread_id), accepted


def _check_may_run(row: TurnRow, newest: TurnRow | None) -> None:
    if TurnStatus(row.status) not in RUNS_AGAIN:
        raise Unprocessable(f"{row.id} is {row.status}: only what failed or was cancelled.")
    if newest is None or newest.id != row.id:
        raise Unprocessable(
            "The thread has gone on since: to repeat the request would delete what came after it."
        )


def _repeating(row: TurnRow, command: RunAgain) -> AcceptTurn:
    """The command that repeats a turn. Headers that its user's request brought went with its end,
    and its trace is another.
    """
    request = repeated(orjson.loads(row.request), row.thread_id, row.input_item_id)
    if request is None:
        raise Unprocessable("What waited for this turn's request has got it: nothing to repeat.")
    context = RequestContext.model_validate_json(row.context)
    return AcceptTurn(
        turn_id=command.turn_id,
        request=request,
        context=context.model_copy(update={"turn_id": None, "headers": {}, "traceparent": None}),
        when_busy=BusyPolicy.REJECT,
    )


async def _found(session: AsyncSession, turn_id: str, *, lock: bool = False) -> TurnRow:
    row = await cross_tenant.find(session, turn_id, lock=lock)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    return row


async def _audit(
    session: AsyncSession,
    action: Action,
    actor: Actor,
    row: TurnRow,
    detail: dict[str, str] | None = None,
) -> None:
    deed = AuditEvent(action, actor, row.tenant, row.owner, row.id, detail or {})
    await audit.add_within(session, deed)
