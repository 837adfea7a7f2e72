"""What stands in the logs of a whole system: each line an object, and nothing that anybody said.

Everything that users, models and operators keep to themselves is planted where a careless line
would repeat it: at `LOG_LEVEL=DEBUG`, while calls fail, a worker is killed and a gateway restarts.
"""

import asyncio
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import PROXY_SECRET, NewStack
from tests.support.chat_client import ChatClient, Problem, message
from tests.support.model_server import (
    Cut,
    ModelRequest,
    ModelServer,
    Pause,
    Step,
    status,
    text,
    tool_call,
)

ROOT = Path(__file__).parents[3]
PLACES = "asked answered arguments file bearer header path query refusal"
PLANTED = {what: f"zq{secrets.token_hex(8)}" for what in PLACES.split()}
MODEL_KEY = f"sk-planted{secrets.token_hex(8)}"
SERVICES = ("gateway-1", "store-1", "agent-worker-1", "tools-1")
DEEDS = {"talk": "completed", "refuse": "failed", "break": "completed", "raise": "completed"}
KEYS = {"model key": MODEL_KEY, "proxy secret": PROXY_SECRET}


def script(request: ModelRequest) -> Step:
    """Answers, tool calls and failures that each say something of their own."""
    asked = request.last_user_text
    if "refuse" in asked:
        return status(400, message=f"I can't take {PLANTED['refusal']} of {asked}")
    if "break" in asked and not request.repeat:
        return text(PLANTED["answered"]) + Cut()
    if "be slow" in asked and not request.repeat:
        return text(PLANTED["answered"], Pause(1), "too late")
    if "raise" in asked and not request.tool_outputs:
        return tool_call("repeats", {"words": PLANTED["arguments"]})
    return text(PLANTED["answered"])


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    """A system in production's way, with a tool that raises what it was given."""
    with ModelServer(script).in_thread() as model:
        env = {
            "PYTHONPATH": str(ROOT),
            "TOOLS": "tests.e2e.apps.odd_tools",
            "OPENAI_API_KEY": MODEL_KEY,
            "OPENAI_BASE_URL": model.base_url,
            "AUTH": "proxy",
            "PROXY_SECRET": PROXY_SECRET,
            "LOG_LEVEL": "DEBUG",
            "LOG_ERROR_TEXT": "false",
            "LEASE": "3s",
            "RETRY_BACKOFF": "100ms",
        }
        with new_stack("logs", env) as stack:
            yield stack


@pytest.fixture(scope="module")
def logs(stack: Stack) -> Mapping[str, list[str]]:
    """The lines of each service, by its name, after a short and eventful time."""
    asyncio.run(_eventful(stack))
    stack.service("gateway-1").restart()
    folder = stack.data_dir / "log"
    return {name: (folder / f"{name}.log").read_text().splitlines() for name in SERVICES}


async def _eventful(stack: Stack) -> None:
    """Answers, failures of each kind, a killed worker, and requests that are refused."""
    credentials = {
        "X-User-Id": "tracy",
        "X-Tenant-Id": "acme",
        "X-Proxy-Secret": PROXY_SECRET,
        "Authorization": f"Bearer {PLANTED['bearer']}",
        "X-Other": PLANTED["header"],
    }
    asked = PLANTED["asked"]
    url = stack.gateway_urls[0]
    async with ChatClient(url, "tracy", timeout=40, credentials=credentials) as client:
        await client.upload(asked.encode(), f"{PLANTED['file']}.txt", "text/plain")
        for deed, end in DEEDS.items():
            turn = await client.send_message(f"Please {deed}: {asked}", new_thread=True)
            assert turn.ends == [end], turn.describe()
        params = message(f"Please be slow: {asked}", None)[1]
        async with client.stream("threads.create", params) as turn:
            await turn.until(lambda _: PLANTED["answered"] in client.text)
            stack.service("agent-worker-1").kill()
            await turn.to_end()
        stack.service("store-1").kill()
        for _ in range(3):
            with suppress(Problem):
                await client.send_message(f"Please talk: {asked}", new_thread=True)
        for path in (f"/turns/my {PLANTED['path']}?q={PLANTED['query']}", f"/{PLANTED['query']}"):
            with pytest.raises(Problem):
                await client.call("GET", path)
        bad = {"type": "threads.create", "params": {"input": asked}}
        with pytest.raises(Problem):
            await client.call("POST", "/chatkit", bad)
    async with ChatClient(url, "tracy", credentials={"X-User-Id": "tracy"}) as stranger:
        with pytest.raises(Problem):
            await stranger.list_threads()


@pytest.mark.parametrize("service", SERVICES)
def test_every_line_is_an_object(logs: Mapping[str, list[str]], service: str) -> None:
    """No matter who wrote it, and what happened: warnings, start, end, uvicorn, exceptions."""
    for line in logs[service]:
        assert json.loads(line).keys() >= {"event", "level", "timestamp", "service", "instance"}


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_that_anybody_said_is_logged(
    logs: Mapping[str, list[str]], stack: Stack, service: str
) -> None:
    """No text, no key, no name of a file, at `DEBUG`."""
    secrets_ = {**PLANTED, **KEYS, "internal key": stack.internal_key}
    found = {what for what, secret in secrets_.items() for line in logs[service] if secret in line}
    assert found == set()


def _objects(logs: Mapping[str, list[str]], service: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs[service]]


def test_what_happened_to_a_request_can_be_read(logs: Mapping[str, list[str]]) -> None:
    """From the gateway's line to those of the worker and the tools service, by the turn's id."""
    lines = _objects(logs, "gateway-1")
    answered = [line for line in lines if line["event"] == "request answered"]
    turns = [line for line in answered if line.get("request_type") == "threads.create"]
    assert len(turns) >= len(DEEDS)
    for line in turns:
        assert line["route"] == "/chatkit"
        assert line.keys() >= {"ms", "bytes", "status", "request_id", "tenant"}
    raised = _objects(logs, "tools-1")
    (call,) = [line for line in raised if line["event"] == "tool raised"]
    assert call["turn_id"] in {line.get("turn_id") for line in turns}
    ended = [
        line
        for line in _objects(logs, "agent-worker-1")
        if line["event"] == "attempt ended" and line["turn_id"] == call["turn_id"]
    ]
    (line,) = ended
    assert (line["outcome"], line["tenant"], line["attempt"]) == ("completed", "acme", 1)
    assert line["thread_id"] == call["thread_id"]
    assert line["seconds"] > 0


def test_the_store_says_for_which_turn_it_was_called(logs: Mapping[str, list[str]]) -> None:
    """By what its callers tell."""
    calls = [line for line in _objects(logs, "store-1") if line["event"] == "call answered"]
    accepted = [line for line in calls if line["route"] == "/turns" and line["method"] == "POST"]
    assert accepted
    assert all(line["request_id"].startswith("req_") for line in accepted)
    written = [line for line in calls if line.get("attempt")]
    assert {line["tenant"] for line in written} == {"acme"}


def test_a_retry_is_told_without_what_is_sent(logs: Mapping[str, list[str]]) -> None:
    """The store was away: a call is repeated, and its body is nobody's business."""
    lines = _objects(logs, "gateway-1")
    retries = [line for line in lines if line["event"] == "call tried again"]
    assert retries
    assert not any("args" in line for line in retries)


def test_a_refusal_is_on_record(logs: Mapping[str, list[str]]) -> None:
    """Why, where, and from which address; of a bad body, that it was one."""
    lines = _objects(logs, "gateway-1")
    told = [(line.get("status"), line.get("code"), line.get("client")) for line in lines]
    assert (401, "unauthorized", "127.0.0.1") in told
    assert (400, "bad_request", None) in told
