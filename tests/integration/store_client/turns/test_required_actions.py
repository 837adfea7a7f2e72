"""What a client without a page must do next stands in the view of a turn."""

from turnstream.contracts.approvals import PauseRun, WaitingCall
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import ClaimedTurn, RequiredAction, TurnStatus
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, finish, item, request, running, save_item

CALL = item("call_1", "client_tool_call", status="pending", call_id="c1", name="go", arguments={})


async def actions(client: StoreClient, turn: ClaimedTurn) -> list[RequiredAction]:
    return (await client.turns.show(ANN, turn.turn_id)).required_actions


async def ended(client: StoreClient, *items: StoredItem) -> ClaimedTurn:
    """A completed turn that added these items."""
    turn = await running(client)
    for each in items:
        await save_item(client, turn, each)
    await finish(client, turn)
    return turn


async def test_a_client_tool_call_asks_for_its_output_until_it_has_it(client: StoreClient) -> None:
    turn = await ended(client, CALL)

    (action,) = await actions(client, turn)
    assert action.request == "threads.add_client_tool_output"
    assert (action.item["id"], action.item["name"]) == ("call_1", "go")

    await running(client, request(action.request, thread_id=turn.thread_id, result={"done": True}))
    assert await actions(client, turn) == []


async def test_questions_ask_for_answers_until_they_are_answered(client: StoreClient) -> None:
    question = {"id": "q1", "type": "freeform", "question": "Where to?"}
    turn = await ended(
        client,
        item("ask_1", "structured_input", status="pending", inputs=[question]),
        item("ask_2", "structured_input", status="answered", inputs=[question]),
    )

    (action,) = await actions(client, turn)
    assert (action.request, action.item["id"]) == ("threads.add_structured_input", "ask_1")

    answers = {"status": "answered", "answers": {"q1": {"values": ["Oslo"], "skipped": False}}}
    asked = request(action.request, thread_id=turn.thread_id, item_id="ask_1", input=answers)
    await running(client, asked)
    assert await actions(client, turn) == []


async def test_a_card_asks_for_a_decision_until_a_turn_has_taken_the_run_up(
    client: StoreClient,
) -> None:
    turn = await running(client)
    await save_item(client, turn, item("wdg_1", "widget", widget={"type": "Card"}))
    await save_item(client, turn, item("wdg_2", "widget", widget={"type": "Card"}))
    waits = WaitingCall(call_id="c1", tool="send_email", arguments="{}", item_id="wdg_2")
    command = PauseRun(attempt=turn.attempt, state="{}", calls=[waits])
    await client.paused_runs.pause(ANN, turn.turn_id, command)
    await finish(client, turn)

    (action,) = await actions(client, turn)
    assert (action.request, action.item["id"]) == ("threads.custom_action", "wdg_2")


async def test_a_turn_that_runs_or_failed_asks_for_nothing(client: StoreClient) -> None:
    """What it began may be taken back, and a failed answer is asked for again as a whole."""
    turn = await running(client)
    await save_item(client, turn, CALL)
    assert await actions(client, turn) == []

    await finish(client, turn, TurnStatus.FAILED)
    assert await actions(client, turn) == []


async def test_an_answer_that_waits_for_nothing_says_so(client: StoreClient) -> None:
    turn = await ended(client, item("msg_1"))
    assert await actions(client, turn) == []
