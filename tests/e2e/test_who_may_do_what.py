"""Who may do what: the door of a deployment, read from top to bottom.

A user proves who they are by a token of the deployment's issuer (`jwt`) or by the client secret of
a session, which a server made for them (`sessions`). A server proves itself by a key (`keys`).
Everybody else stays outside, and nobody sees what is not theirs.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, StreamBroken, message
from tests.support.identity.credentials import bearer, server_key
from tests.support.identity.issuer import PlayedIssuer, played_issuer
from tests.support.system.gateways import gateway_beside
from tests.support.waiting import wait_until_async

Json = dict[str, Any]
SAID = "count to 5"


@dataclass(frozen=True)
class House:
    """A deployment whose door is shut, and who stands in front of it."""

    url: str
    people: Mapping[str, Mapping[str, str]]
    """The headers of each, by name."""
    thread_id: str
    """Alice's."""
    turn_id: str

    async def ask(self, who: str, method: str, path: str, body: Json | None = None) -> "Answer":
        """A request of somebody's, to its answer."""
        async with (
            aiohttp.ClientSession(headers=self.people[who]) as http,
            http.request(method, self.url + path, json=body) as response,
        ):
            text = await response.text()
            is_json = response.content_type == "application/json"
            problem = is_json or response.content_type == "application/problem+json"
            return Answer(
                response.status,
                await response.json(content_type=None) if problem else text,
                response.headers.get("WWW-Authenticate", ""),
            )


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    challenge: str
    """`WWW-Authenticate`."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[PlayedIssuer]:
    """Where the users of this deployment log in."""
    with played_issuer() as running:
        yield running


@pytest.fixture(scope="module")
def door(demo: Stack, issuer: PlayedIssuer) -> Iterator[Service]:
    """A gateway that takes tokens, client secrets and keys, and nobody's word."""
    settings = {"AUTH": "jwt,sessions,keys", **issuer.settings}
    with gateway_beside(demo, settings) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def keys(demo: Stack) -> Mapping[str, str]:
    """Server keys by what they are for."""
    made = {
        "shop": ("sessions:write", "threads:read", "threads:write"),
        "archive": ("threads:read",),
        "robot": ("chat",),
    }
    store = demo.service("store-1").url
    return {name: server_key(store, demo.internal_key, *scopes) for name, scopes in made.items()}


@pytest.fixture(scope="module")
def house(door: Service, issuer: PlayedIssuer, keys: Mapping[str, str]) -> House:
    """Alice has talked already."""
    return asyncio.run(_house(door.url, issuer, keys))


async def _house(url: str, issuer: PlayedIssuer, keys: Mapping[str, str]) -> House:
    secret = (await session(url, keys["shop"], "alice"))["client_secret"]
    alice = bearer(issuer.token_of("alice"))
    people: dict[str, Mapping[str, str]] = {
        "nobody": {},
        "somebody who says they are alice": {"X-User-Id": "alice"},
        "alice": alice,
        "alice, who says she is bob": {**alice, "X-User-Id": "bob"},
        "alice's page": bearer(secret),
        "bob": bearer(issuer.token_of("bob")),
        "alice of another tenant": bearer(issuer.token_of("alice", tenant="acme")),
        "the shop's server": bearer(keys["shop"]),
        "the archive's server": bearer(keys["archive"]),
        "the robot for alice": {**bearer(keys["robot"]), "X-User-Id": "alice"},
        "a stranger's token": bearer(issuer.token_of("alice", iss="https://evil.example")),
        "last year's token": bearer(issuer.token_of("alice", exp=time.time() - 3600)),
    }
    async with ChatClient(url, "alice", credentials=alice) as client:
        turn = await client.run(*message(SAID))
    assert turn.turn_id is not None and client.thread_id is not None
    return House(url, people, client.thread_id, turn.turn_id)


async def session(url: str, key: str, user: str, **options: Any) -> Json:
    """A session that a server makes for a user."""
    asked = {"user": user, "workflow": {"id": "wf_guide"}, **options}
    async with (
        aiohttp.ClientSession(headers=bearer(key), raise_for_status=True) as http,
        http.post(f"{url}/v1/chatkit/sessions", json=asked) as response,
    ):
        made: Json = await response.json()
        return made


def saying(text: str = SAID) -> Json:
    """The body of a first message."""
    kind, params = message(text)
    return {"type": kind, "params": params}


def asking(kind: str, **params: Any) -> Json:
    """The body of a ChatKit request."""
    return {"type": kind, "params": params}


@pytest.mark.parametrize(
    ("who", "talks", "reads_hers", "follows_hers", "lists_all", "makes_sessions"),
    [
        ("nobody", 401, 401, 401, 401, 401),
        ("somebody who says they are alice", 401, 401, 401, 401, 401),
        ("a stranger's token", 401, 401, 401, 401, 401),
        ("last year's token", 401, 401, 401, 401, 401),
        ("alice", 200, 200, 200, 403, 403),
        ("alice, who says she is bob", 200, 200, 200, 403, 403),
        ("alice's page", 200, 200, 200, 403, 403),
        ("bob", 200, 404, 404, 403, 403),
        ("alice of another tenant", 200, 404, 404, 403, 403),
        ("the robot for alice", 200, 200, 200, 403, 403),
        ("the archive's server", 403, 403, 403, 200, 403),
        ("the shop's server", 403, 403, 403, 200, 200),
    ],
)
async def test_each_may_do_what_is_theirs(
    house: House,
    who: str,
    talks: int,
    reads_hers: int,
    follows_hers: int,
    lists_all: int,
    makes_sessions: int,
) -> None:
    """A user talks, and sees their own; a server does what its key says; nobody else does anything.

    What is somebody else's does not exist.
    """
    said = await house.ask(who, "POST", "/chatkit", saying())
    read = await house.ask(
        who, "POST", "/chatkit", asking("threads.get_by_id", thread_id=house.thread_id)
    )
    followed = await house.ask(who, "GET", f"/turns/{house.turn_id}/events")
    listed = await house.ask(who, "GET", "/v1/chatkit/threads")
    made = await house.ask(
        who, "POST", "/v1/chatkit/sessions", {"user": "carol", "workflow": {"id": "wf_guide"}}
    )
    seen = [answer.status for answer in (said, read, followed, listed, made)]
    assert seen == [talks, reads_hers, follows_hers, lists_all, makes_sessions]


async def test_who_is_refused_learns_why(house: House) -> None:
    """A page gets a code that it can act on, and the challenge that HTTP asks for."""
    unknown = await house.ask("nobody", "POST", "/chatkit", saying())
    expired = await house.ask("last year's token", "POST", "/chatkit", saying())
    missing = await house.ask("the archive's server", "POST", "/chatkit", saying())
    assert (unknown.body["code"], unknown.challenge.split()[0]) == ("unauthorized", "Bearer")
    assert expired.body["code"] == "token_expired"
    assert missing.body["code"] == "forbidden" and "chat" in missing.body["detail"]


async def test_each_has_the_schedules_that_are_theirs(house: House) -> None:
    """A user has them, or a key that speaks for one. A session ends, so it has none."""
    asked = {"message": "What is due?", "cron": "0 9 * * 1-5", "time_zone": "Asia/Taipei"}
    made = await house.ask("alice", "POST", "/schedules", asked)
    assert (made.status, made.body["message"]) == (201, "What is due?")
    own = f"/schedules/{made.body['id']}"

    async def seen_by(who: str) -> list[str]:
        return [
            each["id"] for each in (await house.ask(who, "GET", "/schedules")).body["schedules"]
        ]

    assert await seen_by("the robot for alice") == await seen_by("alice") == [made.body["id"]]
    for stranger in ("bob", "alice of another tenant"):
        assert await seen_by(stranger) == []
        assert (await house.ask(stranger, "DELETE", own)).status == 404
        there = asked | {"thread_id": house.thread_id}
        assert (await house.ask(stranger, "POST", "/schedules", there)).status == 404
    for who, status in (("nobody", 401), ("alice's page", 403), ("the shop's server", 403)):
        for method, path, body in (
            ("POST", "/schedules", asked),
            ("GET", "/schedules", None),
            ("DELETE", own, None),
        ):
            assert (await house.ask(who, method, path, body)).status == status, (who, method)
    assert (await house.ask("alice", "DELETE", own)).status == 204
    assert await seen_by("alice") == []


async def test_a_session_opens_the_door_for_its_time(
    door: Service, keys: Mapping[str, str]
) -> None:
    """A client secret works at once, on every gateway, until it runs out."""
    brief = await session(
        door.url, keys["shop"], "dora", expires_after={"anchor": "created_at", "seconds": 1}
    )
    credentials = bearer(brief["client_secret"])
    async with ChatClient(door.url, "dora", credentials=credentials) as client:
        await client.list_threads()

        async def refused() -> str | None:
            try:
                await client.list_threads()
            except Problem as problem:
                return str(problem.body["code"])
            return None

        assert await wait_until_async(refused, 10, "the session's end") == "session_expired"


async def test_a_session_says_what_its_page_may_do(door: Service, keys: Mapping[str, str]) -> None:
    """No names for threads, no files and no history, where the server that made it says so."""
    forbidden = {
        "automatic_thread_titling": {"enabled": False},
        "file_upload": {"enabled": False},
        "history": {"enabled": False},
    }
    made = await session(door.url, keys["shop"], "finn", chatkit_configuration=forbidden)
    credentials = bearer(made["client_secret"])
    async with ChatClient(door.url, "finn", credentials=credentials) as client:
        await client.run(*message(SAID))
        assert client.title is None
        assert (await client.list_threads())["data"] == []
        with pytest.raises(Problem) as refused:
            await client.upload(b"Hello", "hello.txt", "text/plain")
        assert (refused.value.status, refused.value.code) == (403, "uploads_off")


async def test_a_cancelled_session_ends_within_seconds(
    door: Service, keys: Mapping[str, str]
) -> None:
    """Its stream ends, its secret is refused, and the answer is made to its end for its user."""
    begun = await session(door.url, keys["shop"], "erin")
    credentials = bearer(begun["client_secret"])
    async with ChatClient(door.url, "erin", credentials=credentials) as client:
        async with client.stream(*message("count to 400")) as turn:
            await turn.until_type("assistant_message.content_part.text_delta")
            async with (
                aiohttp.ClientSession(headers=bearer(keys["shop"])) as server,
                server.post(f"{door.url}/v1/chatkit/sessions/{begun['id']}/cancel") as cancelled,
            ):
                assert (await cancelled.json())["status"] == "cancelled"
            with pytest.raises(StreamBroken):
                await turn.to_end(timeout=5)
        with pytest.raises(Problem) as refused:
            await client.list_threads()
        assert refused.value.body["code"] == "session_cancelled"


async def test_nothing_inside_is_open(demo: Stack) -> None:
    """Anyone who reaches the store, the tools service or a worker without the internal key learns
    that it lives, and nothing else.
    """
    async with aiohttp.ClientSession() as http:
        for name, path in [
            ("store-1", "/dead-letters"),
            ("store-1", "/openapi.json"),
            ("tools-1", "/docs"),
            ("agent-worker-1", "/mcp"),
        ]:
            url = demo.service(name).url
            async with http.get(f"{url}/health") as lives, http.get(url + path) as asked:
                assert (lives.status, asked.status) == (200, 401), name
