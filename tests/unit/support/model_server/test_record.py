"""What the model server records, holds and hands out to other processes."""

import asyncio
import json
import urllib.request
from typing import Any

import aiohttp
import pytest

from tests.support.model_server import (
    Hang,
    Hold,
    ModelServer,
    Pause,
    always,
    instructed,
    rules,
    text,
    user_says,
)
from tests.support.model_server.request import ModelApi
from tests.support.waiting import wait_until, wait_until_async

from .runs import deltas, run


async def test_a_call_that_ended_has_finished() -> None:
    """A call is finished once its terminal event was written, and not before it arrived."""
    async with ModelServer(always(text("a", "b"))) as server:
        await run("responses", server.base_url, "hi")

    call = server.calls[0]
    assert call.finished is not None and call.finished >= call.arrived
    assert call.disconnected is None
    assert not call.running


async def test_repeated_requests_are_counted_by_what_they_ask() -> None:
    """Asking the same twice gives one digest with two ends, and `repeat` tells them apart."""
    async with ModelServer(always(text("a"))) as server:
        for question in ("one", "two", "one"):
            await run("responses", server.base_url, question)

    assert sorted(server.calls.ended_per_request().values()) == [1, 2]
    assert [call.request.repeat for call in server.calls] == [0, 0, 1]
    assert [call.request.number for call in server.calls] == [1, 2, 3]


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_a_client_that_leaves_is_recorded_as_disconnected(api: ModelApi) -> None:
    """Closing the connection in the middle of a stream shows at once, and is not an end."""
    async with ModelServer(always(text("a", Hang(), "b"))) as server:
        running = asyncio.create_task(run(api, server.base_url, "hi"))
        await wait_until_async(lambda: server.calls and server.calls[0].deltas == 1)
        running.cancel()
        await asyncio.wait([running])
        await wait_until_async(lambda: server.calls[0].disconnected)

    assert not server.calls.ended()
    assert not server.calls.running()


async def test_stopping_the_server_is_no_disconnect_of_the_client() -> None:
    """A stream that the server itself abandons on its way out is not blamed on the client."""
    async with ModelServer(always(Hang() + text("never"))) as server:
        running = asyncio.create_task(run("responses", server.base_url, "hi"))
        await wait_until_async(lambda: server.calls)
    await asyncio.wait([running])

    assert server.calls[0].disconnected is None


async def test_a_held_stream_waits_for_its_gate() -> None:
    """A stream stands at the gate, in the middle of a text, until the test opens it."""
    async with ModelServer(always(text("Hel", Hold("half"), "lo"))) as server:
        running = asyncio.create_task(run("responses", server.base_url, "hi"))
        await wait_until_async(lambda: server.waiting("half") == 1)
        assert server.calls[0].deltas == 1
        server.open("half")
        result, _ = await running

    assert result.final_output == "Hello"
    assert server.waiting("half") == 0


async def test_an_opened_gate_stays_open() -> None:
    """A replayed request passes the gate that the first one was held at."""
    async with ModelServer(always(Hold("start") + text("go"))) as server:
        server.open("start")
        for _ in range(2):
            result, _events = await run("responses", server.base_url, "hi")

    assert result.final_output == "go"


async def test_delays_stand_between_the_chunks() -> None:
    """With a delay each chunk is written on its own time."""
    async with ModelServer(always(text("a", "b", "c", delay=0.02))) as server:
        _, events = await run("chat_completions", server.base_url, "hi")

    call = server.calls[0]
    assert deltas(events, "response.output_text") == ["a", "b", "c"]
    assert call.finished and call.finished - call.arrived >= 0.06


async def test_rules_choose_by_what_was_asked() -> None:
    """The first rule that holds answers; the last resort answers the rest."""
    script = rules(
        (user_says("weather"), text("rain")),
        (
            instructed("Be brief"),
            lambda request: text(f"brief: {request.last_user_text}"),
        ),
    )
    async with ModelServer(script) as server:
        rain, _ = await run("responses", server.base_url, "the weather?")
        brief, _ = await run("chat_completions", server.base_url, "hello")

    assert rain.final_output == "rain"
    assert brief.final_output == "brief: hello"


async def test_a_message_of_later_turns_starts_the_tool_count_anew() -> None:
    """Tool outputs before the last user message do not count."""
    body: dict[str, Any] = {
        "input": [
            {"role": "user", "content": "one"},
            {
                "type": "function_call",
                "call_id": "c",
                "name": "weather",
                "arguments": "{}",
            },
            {"type": "function_call_output", "call_id": "c", "output": "rain"},
            {"role": "user", "content": [{"type": "input_text", "text": "two"}]},
        ]
    }
    async with (
        ModelServer(always(text("ok"))) as server,
        aiohttp.ClientSession() as session,
        session.post(f"{server.base_url}/responses", json=body) as response,
    ):
        assert response.status == 200

    assert server.calls[0].request.tool_outputs == []
    assert server.calls[0].request.last_user_text == "two"


def test_a_blocking_test_uses_it_from_another_thread() -> None:
    """In a thread of its own it serves clients that block, and its control endpoints."""
    with ModelServer(always(Hold("gate") + Pause(0) + text("hi"))).in_thread() as server:
        body = json.dumps({"model": "m", "input": "hi", "stream": True}).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{server.base_url}/responses", body, headers)
        with urllib.request.urlopen(asked, timeout=5) as stream:
            wait_until(lambda: _get(f"{server.url}/control/gates/gate")["waiting"] == 1)
            opened = urllib.request.Request(f"{server.url}/control/open/gate", b"", method="POST")
            urllib.request.urlopen(opened, timeout=5).close()
            assert b"event: response.completed" in stream.read()
        calls = wait_until(lambda: _get(f"{server.url}/control/requests"))

    assert calls[0]["finished"]
    assert calls[0]["last_user_text"] == "hi"


def test_a_thread_can_open_a_gate() -> None:
    """`open` called from the test's thread reaches the loop of the server."""
    with ModelServer(always(Hold("gate") + text("hi"))).in_thread() as server:
        body = json.dumps({"model": "m", "input": "hi"}).encode()
        headers = {"Content-Type": "application/json"}
        server.open("gate")
        asked = urllib.request.Request(f"{server.base_url}/responses", body, headers)
        with urllib.request.urlopen(asked, timeout=5) as response:
            assert json.load(response)["status"] == "completed"


def test_steps_that_cannot_be_added_say_so() -> None:
    """A cut applies to the whole answer, so nothing can be added after it."""
    with pytest.raises(ValueError, match="cut"):
        text("a").cut_after(1) + text("b")


def test_a_server_that_cannot_listen_says_so() -> None:
    """A port that is taken fails at once, also from another thread."""
    with (
        ModelServer(always(text("hi"))).in_thread() as server,
        pytest.raises(RuntimeError, match="did not start"),
        ModelServer(always(text("hi")), port=int(server.url.rsplit(":", 1)[1])).in_thread(),
    ):
        pass


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)
