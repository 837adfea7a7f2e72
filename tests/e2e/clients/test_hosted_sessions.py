"""Code that was written for OpenAI's hosted ChatKit, with the address and the key changed alone.

The `openai` client is the real one. A page is plain HTTP with a client secret, as ChatKit.js or the
official starter app would send it.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import openai
import pytest
from openai.types.beta.chatkit import ChatSession
from turnstream_devstack.stack import Stack

from tests.support.files import image
from tests.support.identity.credentials import bearer, server_key
from tests.support.openai_client import openai_client
from tests.support.waiting import wait_until

GUIDE = Path(__file__).parents[3] / "docs/guides/hosted-sessions.md"
REVOKED = 1.0
"""Seconds within which every gateway knows that a session is cancelled."""
WORKFLOW: Any = {"id": "wf_support"}
PNG = image()


def key_of(stack: Stack, *scopes: str) -> str:
    return server_key(stack.service("store-1").url, stack.internal_key, *scopes)


@pytest.fixture(scope="module")
def key(demo: Stack) -> str:
    """A server key that may do all that the hosted API offers."""
    return key_of(demo, "sessions:write", "threads:read", "threads:write")


@pytest.fixture(scope="module")
def server(demo: Stack, key: str) -> Iterator[openai.OpenAI]:
    """The customer's server, on the first gateway."""
    base_url = f"{demo.gateway_urls[0]}/v1"
    with openai.OpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=20) as client:
        yield client


@pytest.fixture
def user() -> str:
    return f"user {uuid4()}"


class Page:
    """A page of a user, which has a client secret and nothing else."""

    def __init__(self, http: httpx2.Client, gateway: str, secret: str) -> None:
        self._http = http
        self._gateway = gateway
        self._headers = dict(bearer(secret))

    def ask(self, type: str, path: str = "/v1/chatkit/conversation", **params: Any) -> Any:
        """The answer to a ChatKit request."""
        body = {"type": type, "params": params}
        return self._http.post(f"{self._gateway}{path}", json=body, headers=self._headers)

    def say(self, text: str, thread: str | None = None, **options: Any) -> Any:
        """The answer to a message: in a new thread, or in one of the user's."""
        said = {"content": [{"type": "input_text", "text": text}], "inference_options": {}}
        params: dict[str, Any] = {"input": {"attachments": [], **said, **options}}
        if thread is None:
            return self.ask("threads.create", **params)
        return self.ask("threads.add_user_message", thread_id=thread, **params)

    def begin(self, text: str = "Hello") -> str:
        """A thread that the user begins; its id, once it is answered."""
        answer = self.say(text)
        assert answer.status_code == 200, answer.text
        [created] = re.findall(r'data: ({"type":"thread.created".*})', answer.text)
        return str(json.loads(created)["thread"]["id"])

    def threads(self) -> list[str]:
        """The ids of the threads that the page may list."""
        return [each["id"] for each in self.ask("threads.list").json()["data"]]

    def upload(self, path: str = "/v1/chatkit/files") -> Any:
        """The answer to a file."""
        files = {"file": ("a.png", PNG, "image/png")}
        return self._http.post(f"{self._gateway}{path}", files=files, headers=self._headers)

    def get(self, path: str) -> Any:
        return self._http.get(f"{self._gateway}{path}", headers=self._headers)


@pytest.fixture
def page_of(demo: Stack, http: httpx2.Client) -> Any:
    """Opens the page of a session, on the second gateway: sessions are made on the first."""
    return lambda session: Page(http, demo.gateway_urls[1], session.client_secret)


def told(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal in the hosted form, which names its request."""
    assert answer.headers["x-request-id"].startswith("req_")
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    return answer.status_code, error["code"]


def test_a_session_lives_as_on_the_hosted_api(
    server: openai.OpenAI, page_of: Any, user: str
) -> None:
    """It is made, its page talks, the server reads and deletes the thread, and ends the session."""
    chatkit = server.beta.chatkit
    state: Any = {"plan": "pro", "seats": 3, "trial": True}
    told_state: Any = {**WORKFLOW, "state_variables": state}
    session = chatkit.sessions.create(user=user, workflow=told_state)
    assert (session.status, session.user, session.id[:7]) == ("active", user, "cksess_")
    assert session.workflow.state_variables == state

    page = page_of(session)
    thread_id = page.begin("What is the weather in Oslo?")
    assert thread_id.startswith("cthr_")

    thread = chatkit.threads.retrieve(thread_id)
    assert (thread.user, thread.status.type, thread.object) == (user, "active", "chatkit.thread")
    assert [each.id for each in chatkit.threads.list(user=user)] == [thread_id]
    items = [*chatkit.threads.list_items(thread_id, order="asc", limit=1)]  # a page each
    assert [items[0].type, items[-1].type] == [
        "chatkit.user_message",
        "chatkit.assistant_message",
    ]
    backwards = [*chatkit.threads.list_items(thread_id)]
    assert [each.id for each in backwards] == [each.id for each in items[::-1]]

    cancelled = chatkit.sessions.cancel(session.id)
    assert (cancelled.id, cancelled.status, cancelled.client_secret) == (
        session.id,
        "cancelled",
        "",
    )
    wait_until(lambda: page.ask("threads.list").status_code == 401, REVOKED)  # on every gateway
    assert told(page.say("Still here?")) == (401, "session_cancelled")

    deleted = chatkit.threads.delete(thread_id)
    assert (deleted.deleted, deleted.object) == (True, "chatkit.thread.deleted")
    with pytest.raises(openai.NotFoundError) as missing:
        chatkit.threads.retrieve(thread_id)
    assert missing.value.code == "not_found"
    assert str(missing.value.request_id).startswith("req_")


async def test_the_asynchronous_client_does_the_same(
    demo: Stack, key: str, user: str, page_of: Any
) -> None:
    """Every method, and a list that is read page by page."""
    client = openai_client(f"{demo.gateway_urls[1]}/v1").with_options(api_key=key)
    chatkit = client.beta.chatkit
    session = await chatkit.sessions.create(user=user, workflow=WORKFLOW)
    page = page_of(session)
    made = [await asyncio.to_thread(page.begin) for _ in range(3)]
    assert [each.id async for each in chatkit.threads.list(user=user, limit=2)] == made[::-1]
    assert (await chatkit.threads.retrieve(made[0])).user == user
    assert [each.type async for each in chatkit.threads.list_items(made[0], limit=1)]
    assert (await chatkit.threads.delete(made[0])).deleted
    first = await chatkit.threads.list(user=user, before=made[1], limit=9)
    assert [each.id for each in first.data] == [made[2]]
    assert (await chatkit.sessions.cancel(session.id)).status == "cancelled"


def test_refusals_are_the_clients_own_exceptions(
    demo: Stack, server: openai.OpenAI, page_of: Any, user: str
) -> None:
    """By status, with a code and the parameter that is wrong, and the name of the request."""
    chatkit = server.beta.chatkit
    with pytest.raises(openai.BadRequestError) as bad:
        chatkit.sessions.create(
            user=user, workflow=WORKFLOW, rate_limits={"max_requests_per_1_minute": 0}
        )
    assert bad.value.param == "rate_limits.max_requests_per_1_minute"
    assert (bad.value.code, bad.value.type) == ("invalid_value", "invalid_request_error")
    with pytest.raises(openai.BadRequestError) as unknown:
        chatkit.sessions.create(user=user, workflow=WORKFLOW, extra_body={"scope": {}})
    assert (unknown.value.code, unknown.value.param) == ("unknown_parameter", "scope")
    with pytest.raises(openai.BadRequestError) as limit:
        chatkit.threads.list(limit=101)
    assert limit.value.param == "limit"
    with pytest.raises(openai.NotFoundError):
        chatkit.sessions.cancel("cksess_of_nobody")
    with pytest.raises(openai.AuthenticationError):
        server.with_options(api_key="tsk_invented").beta.chatkit.threads.list()

    reader = server.with_options(api_key=key_of(demo, "threads:read")).beta.chatkit
    reader.threads.list(limit=0)
    with pytest.raises(openai.PermissionDeniedError) as denied:
        reader.sessions.create(user=user, workflow=WORKFLOW)
    assert "sessions:write" in denied.value.message

    session = chatkit.sessions.create(user=user, workflow=WORKFLOW)
    with pytest.raises(openai.PermissionDeniedError):  # a page is no server
        server.with_options(api_key=session.client_secret).beta.chatkit.threads.list()


def test_unknown_addresses_and_methods_are_told_in_the_same_form(
    demo: Stack, http: httpx2.Client
) -> None:
    """Below `/v1/chatkit` and nowhere else."""
    base = demo.gateway_urls[0]
    assert told(http.get(f"{base}/v1/chatkit/nothing")) == (404, "not_found")
    wrong = http.put(f"{base}/v1/chatkit/sessions")
    assert (told(wrong), wrong.headers["allow"]) == ((405, "http_error"), "POST")
    elsewhere = http.get(f"{base}/v1/nothing")
    assert elsewhere.headers["content-type"] == "application/problem+json"


def test_a_session_asks_as_often_as_it_may(server: openai.OpenAI, page_of: Any, user: str) -> None:
    """On either gateway and either route: what begins a turn counts, and reading is free."""
    session = server.beta.chatkit.sessions.create(
        user=user, workflow=WORKFLOW, rate_limits={"max_requests_per_1_minute": 2}
    )
    page = page_of(session)
    thread = page.begin()
    assert page.ask("threads.retry_after_item", path="/chatkit").status_code == 400
    assert page.say("Again", thread).status_code == 200
    for _ in range(5):
        assert page.threads() == [thread]
    refused = page.say("Once more", thread)
    assert told(refused) == (429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert '"session";q=2;w=60' in refused.headers["ratelimit-policy"]
    assert '"session";r=0;t=' in refused.headers["ratelimit"]
    assert refused.headers["x-should-retry"] == "true"
    ordinary = page.ask(
        "threads.create",
        "/chatkit",
        input={"content": [], "attachments": [], "inference_options": {}},
    )
    assert (ordinary.status_code, ordinary.json()["code"]) == (429, "rate_limited")
    with pytest.raises(openai.RateLimitError):
        raising = server.with_options(api_key=session.client_secret)
        body = {"type": "threads.create", "params": _message()}
        raising.post("/chatkit/conversation", body=body, cast_to=object)


def _message() -> dict[str, Any]:
    said = [{"type": "input_text", "text": "Hello"}]
    return {"input": {"content": said, "attachments": [], "inference_options": {}}}


def test_a_session_sends_the_files_that_it_may(
    server: openai.OpenAI, page_of: Any, user: str
) -> None:
    """None unless it says so; then as many in a message as it says."""
    sessions = server.beta.chatkit.sessions
    closed = page_of(sessions.create(user=user, workflow=WORKFLOW))
    assert told(closed.upload()) == (403, "uploads_off")
    assert closed.upload("/attachments").json()["code"] == "uploads_off"
    announced = {"name": "a.png", "size": len(PNG), "mime_type": "image/png"}
    assert told(closed.ask("attachments.create", **announced)) == (403, "uploads_off")

    upload: Any = {"enabled": True, "max_files": 1, "max_file_size": 1}
    opened = page_of(
        sessions.create(user=user, workflow=WORKFLOW, chatkit_configuration={"file_upload": upload})
    )
    files = [opened.upload().json()["id"] for _ in range(2)]
    assert told(opened.say("Both", attachments=files)) == (422, "unprocessable")
    assert told(closed.say("One", attachments=files[:1])) == (422, "unprocessable")
    assert told(opened.ask("attachments.create", **{**announced, "size": 2**20 + 1})) == (
        413,
        "body_too_large",
    )
    assert opened.say("One", attachments=files[:1]).status_code == 200
    [thread] = server.beta.chatkit.threads.list(user=user).data
    message: Any = server.beta.chatkit.threads.list_items(thread.id, order="asc").data[0]
    [shown] = message.attachments
    assert (shown.type, shown.id, shown.name) == ("image", files[0], "a.png")
    assert httpx2.get(shown.preview_url).content


def test_a_session_sees_as_much_of_the_past_as_it_may(
    server: openai.OpenAI, page_of: Any, user: str
) -> None:
    """All of it, the newest threads, or only what it began itself."""

    def session(history: Any) -> ChatSession:
        return server.beta.chatkit.sessions.create(
            user=user, workflow=WORKFLOW, chatkit_configuration={"history": history}
        )

    before = page_of(session({"enabled": True}))
    made = [before.begin() for _ in range(3)]
    assert before.threads() == made[::-1]
    assert page_of(session({"enabled": True, "recent_threads": 2})).threads() == made[:0:-1]

    fresh = page_of(session({"enabled": False}))
    own = fresh.begin()
    assert fresh.threads() == []
    assert fresh.ask("threads.get_by_id", thread_id=own).status_code == 200
    assert fresh.say("Go on", own).status_code == 200
    assert told(fresh.ask("threads.get_by_id", thread_id=made[0])) == (404, "not_found")
    assert told(fresh.say("Let me in", made[0])) == (404, "not_found")
    for path in (f"/threads/{made[0]}/turn", f"/threads/{made[0]}/feedback"):
        assert fresh.get(path).status_code == 404
    turn = before.say("Hello", made[0]).headers["turn-id"]
    for path in (f"/turns/{turn}", f"/turns/{turn}/events"):
        assert (before.get(path).status_code, fresh.get(path).status_code) == (200, 404)


@pytest.mark.parametrize(
    "more", [{}, {"chatkit_configuration": {"file_upload": {"enabled": True}}}]
)
def test_the_backends_of_the_official_starter_app_are_answered(
    demo: Stack, key: str, http: httpx2.Client, user: str, more: dict[str, Any]
) -> None:
    """What its FastAPI and its Next.js backend send to `CHATKIT_API_BASE`: they read the secret."""
    answer = http.post(
        f"{demo.gateway_urls[0]}/v1/chatkit/sessions",
        headers={**bearer(key), "OpenAI-Beta": "chatkit_beta=v1"},
        json={"workflow": WORKFLOW, "user": user, **more},
    )
    assert answer.status_code == 200
    assert answer.json()["client_secret"].startswith("tss_")
    uploads = answer.json()["chatkit_configuration"]["file_upload"]["enabled"]
    assert uploads is bool(more)
    refused = http.post(
        f"{demo.gateway_urls[0]}/v1/chatkit/sessions", headers=bearer(key), json={"user": user}
    )
    assert told(refused) == (400, "missing_required_parameter")
    assert refused.json()["error"]["message"]  # what both show


def test_the_guides_server_mints_a_session(
    demo: Stack, key: str, page_of: Any, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python example runs as it stands."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    monkeypatch.setitem(os.environ, "CHAT_URL", demo.gateway_urls[0])
    monkeypatch.setitem(os.environ, "CHAT_KEY", key)
    scope: dict[str, Any] = {}
    exec(blocks[0], scope)  # the guide's own text
    made = scope["create_session"](user)
    assert made["client_secret"].startswith("tss_")
    scope["client"].close()


def test_a_fresh_secret_is_known_to_every_gateway(
    server: openai.OpenAI, demo: Stack, http: httpx2.Client, user: str
) -> None:
    """Minted on one and used on the other at once, each time."""
    for _ in range(25):
        session = server.beta.chatkit.sessions.create(user=user, workflow=WORKFLOW)
        page = Page(http, demo.gateway_urls[1], session.client_secret)
        assert page.ask("threads.list").status_code == 200
