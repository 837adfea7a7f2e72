"""`show_tip`: a sync action is answered beside a running turn."""

import asyncio
from typing import Any

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches, message
from tests.support.model_server import (
    Hold,
    ModelServer,
    instructed,
    rounds,
    rules,
    text,
    tool_call,
)


def star(client: ChatClient) -> dict[str, Any]:
    """The star of the tip that is shown."""
    (tip,) = client.items_of_type("widget")
    button: dict[str, Any] = tip["widget"]["children"][-1]
    return button


async def click(client: ChatClient, favourite: bool = True) -> None:
    """Click on the star."""
    (tip,) = client.items_of_type("widget")
    await client.sync_custom_action("tip.favourite", {"favourite": favourite}, tip["id"])


@pytest.mark.parametrize("sentence", ["show me a tip", "給我一個小提示", "给我一个小提示"])
async def test_a_star_is_set_and_taken_back(client: ChatClient, sentence: str) -> None:
    """The answer brings the changed widget, which is stored; a second click changes nothing."""
    await client.send_message(sentence)
    assert star(client)["onClickAction"]["streaming"] is False

    for favourite, icon in ((True, "star-filled"), (True, "star-filled"), (False, "star")):
        await click(client, favourite)
        assert star(client)["iconStart"] == icon
        await assert_transcript_matches(client)


async def test_a_star_is_set_while_an_answer_is_streaming(client: ChatClient) -> None:
    """The running turn neither waits nor loses a word, and the star is there after a reload."""
    await client.send_message("tip 2")
    async with client.stream(*message("count to 200", client.shown)) as turn:
        await turn.until_type("thread.item.updated")
        await click(client)
        assert turn.ended is None
        await turn.to_end()

    assert client.text.endswith("199 200")
    await assert_transcript_matches(client)
    await client.load_thread()
    assert star(client)["iconStart"] == "star-filled"


async def test_a_star_outlives_the_worker_that_showed_the_tip(
    modelled_client: ChatClient, modelled: Stack, model: ModelServer
) -> None:
    """Set while the tip's own turn still runs, it is not undone by the next attempt at the turn."""
    client, worker = modelled_client, modelled.service("agent-worker-1")
    answer = rounds(tool_call("show_tip", {"number": 2}), text("There it ", Hold("killed"), "is."))
    model.script = rules((instructed("short title"), text("A title")), otherwise=answer)
    async with client.stream(*message("a tip, please")) as turn:
        await turn.until_type("thread.item.updated")
        await click(client)
        await asyncio.to_thread(worker.kill)
        model.open("killed")
        await asyncio.to_thread(worker.start)
        await turn.to_end()

    assert client.ended == "completed"
    assert star(client)["iconStart"] == "star-filled"
    await assert_transcript_matches(client)


@pytest.mark.parametrize("payload", [None, {}, {"favourite": "perhaps"}, {"favourite": None}])
async def test_a_payload_that_does_not_fit_is_refused(client: ChatClient, payload: Any) -> None:
    """422 with the reason; the widget stays as it was."""
    await client.send_message("show me a tip")
    (tip,) = client.items_of_type("widget")

    with pytest.raises(Problem) as problem:
        await client.sync_custom_action("tip.favourite", payload, tip["id"])

    assert (problem.value.status, problem.value.code) == (422, "unprocessable")
    await assert_transcript_matches(client)


async def test_a_star_of_another_widget_is_refused(client: ChatClient) -> None:
    """A forged sender keeps its own widget."""
    await client.send_message("weather in Oslo")
    with pytest.raises(Problem) as problem:
        await click(client)

    assert problem.value.status == 422
    await assert_transcript_matches(client)
