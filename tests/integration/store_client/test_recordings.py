"""A recording says the same, whichever store makes it."""

import pytest
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client import StoreClient

from tests.support.turns import finish, item, message, running, write

STEP = {"key": "stream_1", "value": '{"output": []}'}


async def test_a_failed_turn_is_recorded_with_what_was_before_it(client: StoreClient) -> None:
    """Its request, its items, its journal, and the history of its thread."""
    first = await running(client, message("first"))
    await write(client, first, items=[item("msg_first")])
    await finish(client, first)
    asked = message("second", thread_id=first.thread_id)
    turn = await running(client, asked)
    await write(client, turn, steps=[STEP], items=[item("msg_second")])
    await finish(client, turn, TurnStatus.FAILED)

    recording = await client.recordings.of_turn(turn.turn_id)

    assert (recording.turn.request, recording.turn.status) == (asked, TurnStatus.FAILED)
    assert [each.item["type"] for each in recording.history] == [
        "user_message",
        "assistant_message",
    ]
    assert [each.attempt for each in recording.items] == [0, 1]
    assert recording.items[1].item["id"] == "msg_second"
    assert recording.journal == {"stream_1": {"output": []}}
    assert recording.thread["id"] == first.thread_id


async def test_a_turn_that_ended_well_has_no_recording(client: StoreClient) -> None:
    """Its journal went with it; one that nobody knows has none either."""
    turn = await running(client)
    await finish(client, turn)

    with pytest.raises(Unprocessable):
        await client.recordings.of_turn(turn.turn_id)
    with pytest.raises(NotFound):
        await client.recordings.of_turn("turn_none")
