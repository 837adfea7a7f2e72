"""Forged, malformed and oversized actions are refused by name, and the thread stays usable."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches


@pytest.fixture
async def widget(client: ChatClient) -> AsyncIterator[str]:
    """A widget of the user's. Whatever a test does to it, the thread can be used behind it."""
    await client.send_message("weather in Oslo")
    yield client.items_of_type("widget")[0]["id"]
    await client.send_message("count to 3")
    assert client.text.endswith("1 2 3")
    await assert_transcript_matches(client)


async def refused(client: ChatClient, *action: Any, sync: bool = False) -> Problem:
    """The problem document that an action is answered with."""
    send = client.sync_custom_action if sync else client.custom_action
    with pytest.raises(Problem) as problem:
        await send(*action)
    return problem.value


@pytest.mark.parametrize("sync", [False, True])
async def test_a_reserved_action_is_refused(client: ChatClient, widget: str, sync: bool) -> None:
    """Nobody but Turnstream sends `turnstream.…`: the gateway says so by name."""
    problem = await refused(client, "turnstream.resume", {}, widget, sync=sync)

    assert (problem.status, problem.code) == (422, "reserved_action")


@pytest.mark.parametrize("sync", [False, True])
async def test_an_action_of_something_that_is_no_widget_is_refused(
    client: ChatClient, widget: str, sync: bool
) -> None:
    """A message can't be clicked: 422, before a turn is made of it."""
    answer = client.items_of_type("assistant_message")[0]["id"]

    problem = await refused(client, "topic.pick", {"topic": "widgets"}, answer, sync=sync)

    assert (problem.status, problem.code) == (422, "unprocessable")


@pytest.mark.parametrize("sync", [False, True])
async def test_another_users_widget_is_not_found(
    client: ChatClient, widget: str, demo: Stack, sync: bool
) -> None:
    """Somebody else's item, in their thread or claimed for one's own, does not exist."""
    async with ChatClient(demo.gateway_urls[0], user="mallory") as mallory:
        await mallory.send_message("hello")
        for thread_id in (mallory.shown, client.shown):
            params = {"thread_id": thread_id, "item_id": widget, "action": {"type": "topic.pick"}}
            kind = f"threads.{'sync_' if sync else ''}custom_action"
            with pytest.raises(Problem) as problem:
                await mallory.request(kind, params)
            assert (problem.value.status, problem.value.code) == (404, "not_found")


async def test_megabytes_of_payload_are_refused(client: ChatClient, widget: str) -> None:
    """A body past MAX_BODY is 413: nothing of it reaches the assistant."""
    problem = await refused(client, "topic.pick", {"topic": "x" * 2 * 1024 * 1024}, widget)

    assert (problem.status, problem.code) == (413, "body_too_large")


async def test_an_unknown_action_gets_a_notice(client: ChatClient, widget: str) -> None:
    """What nobody handles says so to the user, and its name is not repeated endlessly."""
    await client.custom_action("rocket.launch" + "!" * 10_000, {}, widget)

    assert client.ended == "completed"
    (notice,) = client.notices
    assert notice["level"] == "warning"
    assert "rocket.launch" in notice["message"]
    assert len(notice["message"]) < 500


async def test_an_unknown_sync_action_is_refused(client: ChatClient, widget: str) -> None:
    """Beside a turn there is no notice: the answer itself is the refusal."""
    problem = await refused(client, "rocket.launch", {}, widget, sync=True)

    assert (problem.status, problem.code) == (422, "unprocessable")


@pytest.mark.parametrize(
    "payload",
    [None, 7, "widgets", [], {}, {"topic": None}, {"topic": {}}, {"topic": "x" * 100_000}],
    ids=lambda payload: repr(payload)[:20],
)
async def test_a_payload_of_the_wrong_form_gets_a_notice(
    client: ChatClient, widget: str, payload: Any
) -> None:
    """The notice says what does not fit, and nothing else happens."""
    shown = list(client.items.values())

    await client.custom_action("topic.pick", payload, widget)

    assert client.ended == "completed"
    assert "topic.pick" in client.notices[0]["message"]
    assert list(client.items.values()) == shown


@pytest.mark.parametrize("sender", [True, False])
async def test_an_action_of_another_widget_gets_a_notice(
    client: ChatClient, widget: str, sender: bool
) -> None:
    """A forged sender, or none: the widget that is named is not touched."""
    shown = list(client.items.values())

    await client.custom_action("topic.pick", {"topic": "widgets"}, widget if sender else None)

    assert client.ended == "completed"
    assert "does not offer" in client.notices[0]["message"]
    assert list(client.items.values()) == shown
