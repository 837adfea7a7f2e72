"""Bad input gets a clear answer and loses nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from turnstream_devstack.stack import Stack
from yarl import URL

from tests.support.chat_client import ChatClient, Problem, message
from tests.support.every_request import EVERY_REQUEST

GOOD: dict[str, Any] = dict(zip(("type", "params"), message("hello"), strict=True))


async def post(
    stack: Stack,
    data: bytes | AsyncIterator[bytes],
    content_type: str | None = "application/json",
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    """Post raw bytes; status and problem document."""
    if content_type is not None:
        headers["Content-Type"] = content_type
    skip = ["Content-Type"] if content_type is None else []
    async with (
        aiohttp.ClientSession(skip_auto_headers=skip) as session,
        session.post(f"{stack.gateway_urls[0]}/chatkit", data=data, headers=headers) as answer,
    ):
        assert answer.content_type == "application/problem+json"
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b"{}", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b"null", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b'{"type":"threads.fly","params":{}}', 400, "bad_request"),
        (b'{"type":"threads.create","params":{}}', 400, "bad_request"),
        (b'{"type":"threads.create","params":{"input":{"content":"x"}}}', 400, "bad_request"),
        (b'{"type":"threads.create","x":"' + b"a" * 3_000_000 + b'"}', 413, "body_too_large"),
    ],
    ids=lambda value: value[:24].decode(errors="replace") if isinstance(value, bytes) else None,
)
async def test_a_body_that_is_no_request_is_refused(
    demo: Stack, data: bytes, status: int, code: str
) -> None:
    """Broken, empty, unknown and oversized bodies are named as what they are."""
    answered, problem = await post(demo, data)

    assert (answered, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]


async def test_a_body_that_does_not_say_how_long_it_is_is_bounded_too(demo: Stack) -> None:
    """It is refused as soon as it has grown too long, not when all of it is there."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65_536
            yield b" " * 65_536

    status, problem = await post(demo, endless())

    assert (status, problem["code"]) == (413, "body_too_large")
    assert sent < 100_000_000


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", None])
async def test_a_body_that_is_not_declared_as_json_is_refused(
    demo: Stack, content_type: str | None
) -> None:
    """The wrong content type is 415: a form of another site can't post a message."""
    status, problem = await post(demo, b"{}", content_type)

    assert (status, problem["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("user", ["", "   ", "x" * 300])
async def test_an_unusable_user_is_not_let_in(demo: Stack, user: str) -> None:
    """An empty or endless X-User-Id is 401."""
    status, problem = await post(demo, b"{}", **{"X-User-Id": user})

    assert (status, problem["code"]) == (401, "unauthorized")


UNKNOWN = "thr_unknown"


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("threads.get_by_id", {"thread_id": UNKNOWN}),
        ("threads.update", {"thread_id": UNKNOWN, "title": "x"}),
        ("threads.delete", {"thread_id": UNKNOWN}),
        ("items.list", {"thread_id": UNKNOWN}),
        ("items.feedback", {"thread_id": UNKNOWN, "item_ids": ["x"], "kind": "positive"}),
        ("threads.add_user_message", {"thread_id": UNKNOWN, **GOOD["params"]}),
        ("threads.add_client_tool_output", {"thread_id": UNKNOWN, "result": 1}),
        ("threads.add_structured_input", {"thread_id": UNKNOWN, "item_id": "x", "input": {}}),
        ("threads.retry_after_item", {"thread_id": UNKNOWN, "item_id": "x"}),
        ("threads.custom_action", {"thread_id": UNKNOWN, "action": {"type": "x"}}),
        ("threads.sync_custom_action", {"thread_id": UNKNOWN, "action": {"type": "x"}}),
    ],
)
async def test_an_unknown_thread_is_not_found(
    client: ChatClient, kind: str, params: dict[str, Any]
) -> None:
    """Every request that names a thread answers 404 for one that is not there."""
    with pytest.raises(Problem) as problem:
        await client.request(kind, params)
    assert (problem.value.status, problem.value.code) == (404, "not_found")


async def test_an_unknown_attachment_is_not_found(client: ChatClient) -> None:
    """A message with an attachment that is not there is refused whole."""
    with pytest.raises(Problem) as problem:
        await client.send_message("see", attachments=["atc_unknown"])
    assert problem.value.status == 404
    assert (await client.list_threads())["data"] == []


async def test_what_the_assistant_does_not_offer_is_said_so(client: ChatClient) -> None:
    """Dictation, which the guide does not do, is 501 and not a crash."""
    audio = {"audio_base64": "YQ==", "mime_type": "audio/webm"}
    with pytest.raises(Problem) as problem:
        await client.request("input.transcribe", audio)
    assert (problem.value.status, problem.value.code) == (501, "unsupported")


async def test_wrong_answers_lose_nothing(client: ChatClient) -> None:
    """Output for no tool, a retry of an answer: 409 and 422, and the thread stays as it was."""
    await client.send_message("hello")
    before = await client.all_items(client.shown)
    answer = client.items_of_type("assistant_message")[0]["id"]
    for call, status in (
        (client.add_client_tool_output({"x": 1}), 409),
        (client.retry_after(answer), 422),
        (client.custom_action("x", item_id=answer), 422),
        (client.structured_input(answer, {}), 422),
    ):
        with pytest.raises(Problem) as problem:
            await call
        assert problem.value.status == status
    assert await client.all_items(client.shown) == before


async def test_a_refused_request_says_whether_trying_again_helps(demo: Stack) -> None:
    """Every problem document answers it, and a passing one says when."""
    _, problem = await post(demo, b"{}")

    assert problem["retryable"] is False
    assert set(problem) == {"type", "title", "status", "detail", "code", "retryable"}


@pytest.mark.parametrize("text", ["x" * 300, "x" * 20_000, "%C3%A9" * 5_000, "%00"])
@pytest.mark.parametrize(
    "path",
    [
        "/turns/{}",
        "/turns/{}/events",
        "/threads/{}/turn",
        "/threads/thr_1/feedback?after={}",
        "/attachments/{}/content",
        "/entities?q={}",
        "/entities/{}/preview",
        "/turns/turn_1/events?after={}",
    ],
)
async def test_a_long_or_odd_id_is_the_clients_fault(demo: Stack, path: str, text: str) -> None:
    """Wherever it stands: nobody's fault is a 500."""
    url = URL(demo.gateway_urls[0] + path.format(text), encoded=True)
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status in (200, 400, 404, 422, 431), await answer.text()


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("threads.custom_action", {"thread_id": UNKNOWN, "action": {}}),
        ("threads.sync_custom_action", {"thread_id": UNKNOWN, "action": {}}),
        ("items.list", {"thread_id": UNKNOWN, "after": "x" * 100_000}),
        ("threads.list", {"after": "x" * 100_000}),
        ("attachments.create", {"name": "a", "mime_type": "text/plain", "size": 2**80}),
        ("threads.list", {"limit": 2**80, "after": "x"}),
    ],
)
async def test_what_nobody_can_mean_is_refused(
    client: ChatClient, kind: str, params: dict[str, Any]
) -> None:
    """Actions without a type, cursors and numbers without end."""
    with pytest.raises(Problem) as problem:
        await client.request(kind, params)
    assert problem.value.status in (400, 404)


@pytest.mark.parametrize("kind", sorted(EVERY_REQUEST))
async def test_a_whole_number_of_more_than_64_bits_is_refused(demo: Stack, kind: str) -> None:
    """Anywhere in any request: no part could keep it, and JavaScript could not read it."""
    request = {"type": kind, "params": EVERY_REQUEST[kind].params, "metadata": {"n": [10**30]}}
    status, problem = await post(demo, json.dumps(request).encode())

    assert (status, problem["code"]) == (400, "bad_request")
    assert problem["detail"].startswith("metadata.n.0: a whole number has 64 bits at most")
