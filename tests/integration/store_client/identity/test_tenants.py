"""Two tenants whose users have the same name: neither sees, changes or counts what is the other's.

Every call of the store client that is made for somebody is here.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from turnstream.contracts.approvals import Decision, PauseRun, ResumeRun, WaitingCall
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    GiveFeedback,
    KeepFile,
    ReserveAttachment,
    ReserveFile,
    SaveFact,
    SendEmail,
    StoredAttachment,
    ThreadPatch,
    WriteAttempt,
)
from turnstream.contracts.tools import BeginCall, CallDecision, FinishCall, ToolResult
from turnstream.contracts.turns import (
    CancelReason,
    ClaimedTurn,
    Json,
    ReleaseTurn,
    TurnEnd,
    TurnError,
    TurnStatus,
)
from turnstream.errors import Fenced, NotFound, StorageFull, TooManyTurns
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import (
    ANN,
    LEASE,
    OTHER_ANN,
    accept,
    claim,
    finish,
    item,
    message,
    running,
    save_item,
)

PAGE: Json = {"limit": 9, "order": "asc", "after": None}
OWNERS = (ANN, OTHER_ANN)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


async def rows(page: Awaitable[bytes]) -> list[Json]:
    """The rows of a page."""
    data: list[Json] = orjson.loads(await page)["data"]
    return data


def begin(turn: ClaimedTurn, owner: Owner, key: str) -> BeginCall:
    """A call of a turn's attempt, as somebody asks for it."""
    return BeginCall(
        turn_id=turn.turn_id,
        tenant=owner.tenant,
        owner=owner.user,
        attempt=turn.attempt,
        key=key,
        tool="book",
        idempotent=False,
        instance="tools-1",
        lease=LEASE,
        reply_to="replies",
    )


async def with_everything(client: StoreClient) -> tuple[ClaimedTurn, Json]:
    """A running turn of ann's, beside which she has one of each thing; their ids."""
    turn = await running(client)
    await save_item(client, turn, item("msg_1"))
    ids = {"attachment": new_id("atc"), "file": f"{new_id('img')}.png", "call": new_id("call")}
    attachment = StoredAttachment(attachment_id=ids["attachment"], payload="{}", public="{}")
    await client.attachments.save(ANN, attachment)
    await client.files.reserve(ANN, ReserveFile(key=ids["file"], size=5))
    await client.facts.add(ANN, SaveFact(id="fact_1", text="likes tea"))
    await client.emails.add(ANN, SendEmail(id="email_1", recipient="a@b.c", subject="", body=""))
    rating = GiveFeedback(item_ids=["msg_1"], kind="positive")
    await client.feedback.give(ANN, turn.thread_id, rating)
    assert (await client.tool_calls.begin(begin(turn, ANN, ids["call"]))).decision == "run"
    return turn, ids


async def test_nothing_is_found_by_a_user_of_the_same_name(client: StoreClient) -> None:
    """Whatever they ask for by its id does not exist for them, and stays as it is."""
    turn, ids = await with_everything(client)
    thread, turn_id, other = turn.thread_id, turn.turn_id, OTHER_ANN
    rating = GiveFeedback(item_ids=["msg_1"], kind="negative")
    uploaded = AttachmentUploaded(payload="{}", public="{}", size=1)
    attachment = StoredAttachment(attachment_id=ids["attachment"], payload="{}", public="{}")
    email = SendEmail(id="email_1", recipient="a@b.c", subject="", body="")
    sent = message(input={"attachments": [ids["attachment"]]})
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: client.turns.show(other, turn_id),
        lambda: client.turns.replay(other, turn_id),
        lambda: client.turns.cancel(other, turn_id, CancelReason.STOP),
        lambda: client.turns.active(other, thread),
        lambda: client.threads.show(other, thread),
        lambda: client.threads.metadata(other, thread),
        lambda: client.threads.items(other, thread, **PAGE),
        lambda: client.threads.items(other, thread, **PAGE, seen_by=(turn_id, turn.attempt)),
        lambda: client.threads.item(other, thread, "msg_1"),
        lambda: client.threads.patch(other, thread, ThreadPatch(fields={"title": "x"})),
        lambda: client.threads.create(other, thread),
        lambda: client.threads.save_item(other, thread, item("msg_1", text="x")),
        lambda: client.threads.remove_item(other, thread, "msg_1"),
        lambda: client.threads.delete(other, thread),
        lambda: client.feedback.give(other, thread, rating),
        lambda: client.feedback.of_thread(other, thread, limit=5),
        lambda: client.attachments.load(other, ids["attachment"]),
        lambda: client.attachments.save(other, attachment),
        lambda: client.attachments.uploaded(other, ids["attachment"], uploaded),
        lambda: client.attachments.delete(other, ids["attachment"]),
        lambda: client.files.reserve(other, ReserveFile(key=ids["file"], size=5)),
        lambda: client.files.keep(other, ids["file"], KeepFile(thread_id=thread)),
        lambda: client.facts.add(other, SaveFact(id="fact_1", text="likes tea")),
        lambda: client.facts.save(other, "fact_1"),
        lambda: client.facts.discard(other, "fact_1"),
        lambda: client.emails.add(other, email),
        lambda: accept(client, message("mine?", thread_id=thread), owner=other),
        lambda: accept(client, sent, owner=other),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await call()
    await client.turns.disconnect(other, turn_id)  # says nothing, and does nothing

    assert await rows(client.threads.page(other, **PAGE)) == []
    assert await client.facts.newest(other) == []
    assert await client.emails.newest(other) == []

    assert (await client.turns.show(ANN, turn_id)).status is TurnStatus.RUNNING
    assert "title" not in orjson.loads(await client.threads.metadata(ANN, thread))
    assert orjson.loads(await client.threads.item(ANN, thread, "msg_1")) == orjson.loads(
        item("msg_1").payload
    )
    assert [fact.status for fact in await client.facts.newest(ANN)] == ["pending"]
    assert (await client.feedback.of_thread(ANN, thread, limit=5)).data[0].kind == "positive"
    assert await client.attachments.load(ANN, ids["attachment"]) == b"{}"


async def test_a_worker_can_do_nothing_for_a_turn_of_another_tenant(client: StoreClient) -> None:
    """It is told what it is told about a turn that does not exist, and nothing is written."""
    waiting = await accept(client)
    assert await claim(client, waiting.turn_id, tenant=OTHER_ANN.tenant) is None
    turn = await claim(client, waiting.turn_id)
    assert turn is not None
    turn_id, attempt, other = turn.turn_id, turn.attempt, OTHER_ANN
    written = WriteAttempt(attempt=attempt, items=[item("msg_1")])
    ended = WriteAttempt(attempt=attempt, end=TurnEnd(status=TurnStatus.COMPLETED))
    asked = WaitingCall(call_id="call_1", tool="book", arguments="{}", item_id="wdg_1")
    pause = PauseRun(attempt=attempt, state="{}", calls=[asked])
    resume = ResumeRun(attempt=attempt, decision=Decision())
    release = ReleaseTurn(attempt=attempt, count_as_failed=True)
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: client.attempts.write(other, turn_id, written),
        lambda: client.attempts.write(other, turn_id, ended),
        lambda: client.attempts.patch_thread(
            other, turn_id, ThreadPatch(attempt=attempt, fields={"title": "x"})
        ),
        lambda: client.paused_runs.pause(other, turn_id, pause),
        lambda: client.paused_runs.resume(other, turn_id, resume),
        lambda: client.turns.release(other, turn_id, release),
    ]
    for call in calls:
        with pytest.raises(Fenced):
            await call()
    step = {"key": "k", "value": "{}"}
    await client.attempts.write(
        ANN, turn_id, WriteAttempt.model_validate({"attempt": attempt, "steps": [step]})
    )
    assert await client.attempts.journal(other, turn_id) == {}
    assert await client.attempts.journal(ANN, turn_id) == {"k": "{}"}
    assert (await client.turns.show(ANN, turn_id)).status is TurnStatus.RUNNING
    assert "title" not in orjson.loads(await client.threads.metadata(ANN, turn.thread_id))


async def test_a_tool_call_is_begun_and_finished_for_its_turns_owner_alone(
    client: StoreClient,
) -> None:
    turn, key = await running(client), new_id("call")
    begun = await client.tool_calls.begin(begin(turn, OTHER_ANN, key))
    assert begun.decision is CallDecision.FENCED
    assert (await client.tool_calls.begin(begin(turn, ANN, key))).decision is CallDecision.RUN
    result = FinishCall(run=1, result=ToolResult(output="booked"))
    with pytest.raises(Fenced):
        await client.tool_calls.finish(OTHER_ANN, key, result)
    await client.tool_calls.finish(ANN, key, result)


async def test_one_idempotency_key_names_a_turn_in_each_tenant(client: StoreClient) -> None:
    """And of each tenant's user the same one, however often."""
    ours, theirs = [await accept(client, owner=owner, key="once") for owner in OWNERS]
    assert ours.turn_id != theirs.turn_id
    for owner, first in zip(OWNERS, (ours, theirs), strict=True):
        again = await accept(client, owner=owner, key="once")
        assert (again.existing, again.turn_id) == (True, first.turn_id)


async def test_each_tenants_user_has_limits_of_their_own(store_with: StoreWith) -> None:
    """Turns that wait and bytes that are kept are counted for one owner at a time."""
    async with store_with(Limits(max_turns_per_user=1, storage_per_user=8)) as client:
        for owner in OWNERS:
            await accept(client, owner=owner)
            with pytest.raises(TooManyTurns):
                await accept(client, owner=owner)
            attachment_id = new_id("atc")
            command = ReserveAttachment(
                attachment=StoredAttachment(attachment_id=attachment_id, payload="{}", public="{}"),
                file_key=f"{attachment_id}.txt",
                size=5,
            )
            await client.attachments.reserve(owner, command)
            with pytest.raises(StorageFull):
                await client.files.reserve(owner, ReserveFile(key=f"{new_id('img')}.png", size=5))


async def test_operators_are_told_whose_it_is(client: StoreClient) -> None:
    """Failed turns, emails and ratings of all tenants, each with its tenant."""
    for owner in OWNERS:
        turn = await running(client, owner=owner)
        assert turn.context.owner == owner
        await save_item(client, turn, item(f"msg_{owner.tenant}"))
        rating = GiveFeedback(item_ids=[f"msg_{owner.tenant}"], kind="positive")
        await client.feedback.give(owner, turn.thread_id, rating)
        sent = SendEmail(id=new_id("email"), recipient="a@b.c", subject="", body="")
        await client.emails.add(owner, sent)
        end = TurnEnd(status=TurnStatus.FAILED, error=TurnError(code="x"), dead=True)
        await client.attempts.write(owner, turn.turn_id, WriteAttempt(attempt=1, end=end))

    letters = await client.dead_letters.newest(9)
    failed = await client.dead_letters.failed(9, since=EPOCH)
    emails = await client.emails.newest_of_all(limit=9)
    ratings = await client.feedback.newest(limit=9)
    for found in (letters, failed.data, emails, ratings.data):
        assert {Owner(each.tenant, each.owner) for each in found} == set(OWNERS)


async def test_two_tenants_turns_run_at_the_same_time(client: StoreClient) -> None:
    """Each with its own thread, message and end."""
    turns = [await running(client, owner=owner) for owner in OWNERS]
    for owner, turn in zip(OWNERS, turns, strict=True):
        assert [each["id"] for each in await rows(client.threads.page(owner, **PAGE))] == [
            turn.thread_id
        ]
        await finish(client, turn)
        assert (await client.turns.show(owner, turn.turn_id)).status is TurnStatus.COMPLETED
