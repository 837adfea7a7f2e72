"""Human in the loop: nothing is sent before its user agrees, and what they agree to once."""

import asyncio
from typing import Any

import asyncpg
import orjson
import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import (
    ChatClient,
    Problem,
    assert_transcript_matches,
    custom_action,
)
from tests.support.model_server import (
    ModelServer,
    instructed,
    rounds,
    rules,
    text,
    tool_call,
    user_says,
)

TITLE = (instructed("short title"), text("A title"))
ONE = "send an email to ann@example.com saying hello"
TWO = "send emails to ann@example.com and bob@example.com saying hello"
TO_ANN, TO_BOB = ("ann@example.com", "hello"), ("bob@example.com", "hello")


def cards(client: ChatClient) -> list[dict[str, Any]]:
    """The cards that still ask, oldest first."""
    return [item for item in client.items_of_type("widget") if "confirm" in item["widget"]]


def decided(client: ChatClient) -> list[str]:
    """What has become of the other cards, oldest first."""
    shown = [item for item in client.items_of_type("widget") if "confirm" not in item["widget"]]
    return [
        child["label"]
        for item in shown
        for child in item["widget"]["children"]
        if child["type"] == "Badge"
    ]


def button(card: dict[str, Any], verdict: str, reason: str | None = None) -> tuple[str, Any, str]:
    """What a button of a card sends, with the form's field as ChatKit adds it."""
    action = card["widget"]["confirm" if verdict == "approve" else "cancel"]["action"]
    field = {} if reason is None else {"reason": reason}
    return action["type"], action["payload"] | field, card["id"]


async def kept_emails(client: ChatClient) -> list[tuple[str, str]]:
    """Who was written to, and what."""
    emails = (await client.call("GET", "/outbox"))["emails"]
    return sorted((email["recipient"], email["body"]) for email in emails)


def last_message(client: ChatClient) -> str:
    text: str = client.items_of_type("assistant_message")[-1]["content"][0]["text"]
    return text


@pytest.mark.parametrize(
    ("sentence", "body"),
    [
        (ONE, "hello"),
        ("寄一封電子郵件給 ann@example.com，說明天見", "明天見"),
        ("给 ann@example.com 发一封邮件，说明天见", "明天见"),
    ],
)
async def test_what_is_approved_is_sent(client: ChatClient, sentence: str, body: str) -> None:
    """A card shows the email and both buttons; after Approve it is kept."""
    await client.send_message(sentence)
    (card,) = cards(client)
    assert "ann@example.com" in card["copy_text"]
    assert body in card["copy_text"]
    assert await kept_emails(client) == []

    await client.custom_action(*button(card, "approve"))

    assert await kept_emails(client) == [("ann@example.com", body)]
    assert "ann@example.com" in last_message(client)
    assert (cards(client), len(decided(client))) == ([], 1)
    await assert_transcript_matches(client)


async def test_what_is_rejected_is_not_sent_and_the_reason_is_told(client: ChatClient) -> None:
    """The card keeps the reason, and the model answers to it."""
    await client.send_message(ONE)

    await client.custom_action(*button(cards(client)[0], "reject", "too short"))

    assert await kept_emails(client) == []
    assert decided(client) == ["Rejected"]
    assert "too short" in last_message(client)
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    ("sentence", "order"),
    [
        (TWO, ("approve", "reject")),
        (TWO, ("reject", "approve")),
        ("寄郵件給 ann@example.com 和 bob@example.com，說hello", ("approve", "reject")),
        ("给 ann@example.com、bob@example.com 发邮件，说hello", ("approve", "reject")),
    ],
)
async def test_one_of_two_is_approved(
    client: ChatClient, sentence: str, order: tuple[str, str]
) -> None:
    """Each card takes effect at once, whatever is decided about the other, and when."""
    await client.send_message(sentence)
    first, second = cards(client)

    await client.custom_action(*button(first, order[0]))
    assert [card["id"] for card in cards(client)] == [second["id"]]
    assert await kept_emails(client) == ([TO_ANN] if order[0] == "approve" else [])
    await client.custom_action(*button(second, order[1]))

    assert await kept_emails(client) == [TO_ANN if order[0] == "approve" else TO_BOB]
    assert cards(client) == []
    assert sorted(decided(client)) == ["Approved", "Rejected"]
    assert "ann@example.com" in last_message(client) or order[0] == "reject"
    await assert_transcript_matches(client)


async def test_a_user_may_type_instead_of_deciding(client: ChatClient) -> None:
    """Nothing is sent, the cards say so, and the new message is answered."""
    await client.send_message(TWO)
    asked = cards(client)

    await client.send_message("count to 3")

    assert last_message(client) == "1 2 3"
    assert decided(client) == ["Not decided", "Not decided"]
    await client.custom_action(*button(asked[0], "approve"))
    assert "without this decision" in client.notices[-1]["message"]
    assert await kept_emails(client) == []
    await assert_transcript_matches(client)


@pytest.mark.parametrize("sentence", [ONE, TWO])
async def test_a_key_typed_instead_of_deciding_is_held_back(
    client: ChatClient, sentence: str
) -> None:
    """The guardrails look at that message too, whichever agent waits."""
    await client.send_message(sentence)

    await client.send_message("my key is sk-abcdefghijklmnopqrstuvwx")

    assert "looks like a key" in client.notices[-1]["message"]
    assert "sk-abc" not in str(client.items)
    assert cards(client) == []
    await client.send_message("count to 3")
    assert last_message(client) == "1 2 3"
    await assert_transcript_matches(client)


async def test_deciding_twice_sends_once(client: ChatClient, demo: Stack) -> None:
    """Two tabs press at the same moment: one press counts, the other is told what was decided."""
    await client.send_message(ONE)
    (card,) = cards(client)
    async with ChatClient(demo.gateway_urls[1], user=client.user) as tab:
        await tab.load_thread(client.shown)
        await asyncio.gather(
            client.custom_action(*button(card, "approve")),
            tab.custom_action(*button(card, "approve")),
        )
        await client.custom_action(*button(card, "reject", "changed my mind"))

        told = [notice["message"] for notice in client.notices + tab.notices]
        assert told == ["This was approved before."] * 2
    assert await kept_emails(client) == [TO_ANN]
    assert client.ended == "completed"


async def test_a_decision_may_come_after_everything_was_restarted(
    client: ChatClient, demo: Stack
) -> None:
    """Other processes, another gateway, another page: the run goes on where it stopped."""
    await client.send_message(TWO)
    for name in ("store-1", "tools-1", "agent-worker-1"):
        await asyncio.to_thread(demo.service(name).restart)

    async with ChatClient(demo.gateway_urls[1], user=client.user) as page:
        await page.load_thread(client.shown)
        for card in cards(page):
            await page.custom_action(*button(card, "approve"))

        assert await kept_emails(page) == [TO_ANN, TO_BOB]
        await assert_transcript_matches(page)


async def test_a_worker_killed_after_a_decision_sends_once(client: ChatClient, demo: Stack) -> None:
    """The second attempt takes up the same run; no email is lost and none is sent twice."""
    await client.send_message(ONE)
    (card,) = cards(client)
    worker = demo.service("agent-worker-1")
    pressed = custom_action(client.shown, *button(card, "approve"))
    async with client.stream(*pressed) as turn:
        await turn.until_type("thread.item.replaced")
        await asyncio.to_thread(worker.kill)
        await asyncio.to_thread(worker.start)
        await turn.to_end()

    assert client.ended == "completed"
    assert await kept_emails(client) == [TO_ANN]
    await assert_transcript_matches(client)


async def test_nobody_decides_for_somebody_else(client: ChatClient, demo: Stack) -> None:
    """Another user can reach neither the thread nor, from a thread of their own, the run."""
    await client.send_message(ONE)
    (card,) = cards(client)
    action, payload, item_id = button(card, "approve")
    async with ChatClient(demo.gateway_urls[0], user=f"{client.user}-other") as other:
        await other.send_message("hello")
        own = other.shown
        with pytest.raises(Problem) as problem:
            await other.run(*custom_action(client.shown, action, payload, item_id))
        await other.run(*custom_action(own, action, payload))

        assert problem.value.status == 404
        assert other.notices[-1]["message"] == "Nothing waits for this decision."
        assert await kept_emails(other) == []
    assert await kept_emails(client) == []


@pytest.mark.parametrize(
    "payload",
    [
        {"call_id": "unknown", "verdict": "approved"},
        {"call_id": "unknown", "verdict": "maybe"},
        {"call_id": "x" * 300, "verdict": "approved"},
        {"call_id": "c", "verdict": "rejected", "reason": "x" * 2000},
        {"verdict": "approved"},
        None,
    ],
)
async def test_a_decision_that_means_nothing_gets_a_notice(
    client: ChatClient, payload: Any
) -> None:
    """Unknown calls and malformed payloads change nothing, and say so."""
    await client.send_message(ONE)

    await client.custom_action("approval.decide", payload)

    assert client.ended == "completed"
    assert len(client.notices) == 1
    assert len(cards(client)) == 1
    assert await kept_emails(client) == []
    await assert_transcript_matches(client)


async def test_a_message_that_is_sent_again_asks_again(client: ChatClient) -> None:
    """With the card the waiting run goes too: its decision is void, the new card counts."""
    await client.send_message(ONE)
    (old,) = cards(client)

    await client.retry_after(client.items_of_type("user_message")[0]["id"])
    (new,) = cards(client)
    assert new["id"] != old["id"]
    await client.custom_action(*button(new, "approve"))

    assert await kept_emails(client) == [TO_ANN]
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"$schemaVersion":"', '"$schemaVersion":"9'),
        ("send_email", "send_pigeon"),
        ('"original_input":', '"original":'),
    ],
    ids=["another version wrote it", "the tool is gone", "it is damaged"],
)
@pytest.mark.parametrize("then", ["approve", "type"])
async def test_a_run_that_can_not_go_on_leaves_a_usable_thread(
    client: ChatClient, demo: Stack, before: str, after: str, then: str
) -> None:
    """Every call counts as not decided, the user is told, the next message is answered."""
    await client.send_message(TWO)
    await change_paused_run(
        demo, "state = replace(state::text, $2, $3)::json", client.shown, before, after
    )

    if then == "approve":
        await client.custom_action(*button(cards(client)[0], "approve"))
    await client.send_message("count to 3")

    assert [notice["message"].split(",")[0] for notice in client.notices] == [
        "The assistant was changed since it asked"
    ]
    assert decided(client) == ["Not decided", "Not decided"]
    assert last_message(client) == "1 2 3"
    assert await kept_emails(client) == []
    await assert_transcript_matches(client)


async def test_a_decision_whose_turn_failed_before_it_did_anything_says_so(
    client: ChatClient, demo: Stack
) -> None:
    """Nobody is told that it was approved, and no button stays that does nothing."""
    await client.send_message(ONE)
    (card,) = cards(client)
    _, payload, _ = button(card, "approve")
    taken = orjson.dumps(payload).decode()
    await change_paused_run(
        demo, "resumed_by = turn_id, decision = $2::text::json", client.shown, taken
    )

    await client.custom_action(*button(card, "approve"))

    assert [notice["message"] for notice in client.notices] == [
        "Your decision could not be carried out, so nothing was done. "
        "Ask again if you still want it."
    ]
    assert decided(client) == ["Not decided"]
    assert await kept_emails(client) == []
    await assert_transcript_matches(client)


async def change_paused_run(demo: Stack, change: str, *values: str) -> None:
    """Change the only run that waits in a thread, by hand. The first value is the thread's id."""
    database = await asyncpg.connect(
        str(demo.database_url).replace("+asyncpg", "", 1),
        server_settings={"search_path": "turnstream"},
    )
    done = await database.execute(
        f"UPDATE paused_runs SET {change} WHERE thread_id = $1",  # no input of anybody
        *values,
    )
    await database.close()
    assert done == "UPDATE 1"


def email(to: str) -> dict[str, str]:
    return {"to": to, "subject": "Hi", "body": "hello"}


async def test_a_model_is_told_the_reason(modelled_client: ChatClient, model: ModelServer) -> None:
    """It reads why its call was rejected as the call's output."""
    calls = tool_call("send_email", email("ann@example.com"))
    model.script = rules(TITLE, otherwise=rounds(calls, text("Fine.")))
    await modelled_client.send_message("write to Ann")

    await modelled_client.custom_action(*button(cards(modelled_client)[0], "reject", "too short"))

    told = orjson.loads(model.calls[-1].request.tool_outputs[0])
    assert (told["approved"], told["reason"]) == (False, "too short")
    assert last_message(modelled_client) == "Fine."
    await assert_transcript_matches(modelled_client)


async def test_a_model_reads_what_was_typed_behind_what_was_not_decided(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """One run, asked once more: parallel calls without an answer, then the new message."""
    calls = tool_call("send_email", email("ann@example.com"))
    calls += tool_call("send_email", email("bob@example.com"))
    changed = (user_says("never mind"), text("As you like."))
    model.script = rules(TITLE, changed, otherwise=calls)
    await modelled_client.send_message("write to both")
    assert len(cards(modelled_client)) == 2

    await modelled_client.send_message("never mind")

    asked = model.calls[-1].request.input
    roles = [item["role"] for item in asked]
    assert roles == ["user", "assistant", "tool", "tool", "user"]
    assert "wrote something else" in asked[2]["content"]
    assert last_message(modelled_client) == "As you like."
    await assert_transcript_matches(modelled_client)


async def test_call_ids_that_start_anew_are_kept_apart_over_a_pause(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """Some servers number the calls of each response from 0: two emails are two emails."""
    ann = tool_call("send_email", email("ann@example.com"), call_id="call_0")
    bob = tool_call("send_email", email("bob@example.com"), call_id="call_0")
    model.script = rules(TITLE, otherwise=rounds(ann, bob, text("Both are sent.")))
    await modelled_client.send_message("write to both")

    for _ in range(2):
        (card,) = cards(modelled_client)
        await modelled_client.custom_action(*button(card, "approve"))

    assert await kept_emails(modelled_client) == [TO_ANN, TO_BOB]
    assert last_message(modelled_client) == "Both are sent."
    await assert_transcript_matches(modelled_client)
