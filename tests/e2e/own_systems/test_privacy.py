"""Users of a whole system are erased, exported and held, by their server and by an operator.

Every user has a word of their own in all that they say. Where it is found, something of theirs is.
"""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from redis.asyncio import Redis
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, message
from tests.support.chat_client.turn_stream import TurnStream
from tests.support.identity.credentials import bearer, server_key
from tests.support.store import traces
from tests.support.system.commands import turnstream
from tests.support.system.gateways import gateway_beside
from tests.support.waiting import wait_until_async

Json = dict[str, Any]
RENAMED = {"usage", "audit"}
EVERYWHERE = {
    *("threads", "items", "turns", "feedback", "attachments", "files"),
    *("facts", "outbox", "paused_runs", "sessions", "usage"),
}
"""Where somebody is who has done all that a user can. What is kept for a running turn goes when it
ends."""


@dataclass
class Person:
    """Somebody with a word of their own, and their client."""

    name: str
    word: str
    chat: ChatClient

    async def use_everything(self) -> None:
        """Leave something everywhere: conversations, a file, a fact, an email that was agreed to
        and one that was not, a rating.
        """
        words = self.word.encode() * 100
        attachment = await self.chat.upload(words, f"{self.word}.txt", "text/plain")
        await self.chat.send_message(f"Hello, {self.word}", attachments=[attachment["id"]])
        answers = [item["id"] for item in self.chat.items_of_type("assistant_message")]
        rating = {"thread_id": self.chat.shown, "item_ids": answers, "kind": "negative"}
        await self.chat.request("items.feedback", rating)
        await self.chat.send_message(f"I live in {self.word}", new_thread=True)
        [noted] = self.chat.items_of_type("client_tool_call")
        await self.chat.call("POST", f"/facts/{noted['arguments']['fact_id']}/save")
        write = f"send an email to {self.word}@example.com saying {self.word}"
        await self.chat.send_message(write, new_thread=True)
        [card] = [each for each in self.chat.items_of_type("widget") if "confirm" in each["widget"]]
        agree = card["widget"]["confirm"]["action"]
        await self.chat.custom_action(agree["type"], agree["payload"], card["id"])
        await self.chat.send_message(write, new_thread=True)

    @asynccontextmanager
    async def in_a_turn(self) -> AsyncIterator[TurnStream]:
        """A turn of theirs that runs for longer than the test, and has said something."""
        async with self.chat.stream(*message(f"count to 3000, {self.word}")) as turn:
            await turn.until_type("thread.item.updated")
            yield turn


@pytest.fixture(scope="module")
def keys_only(demo: Stack) -> Iterator[Service]:
    """A gateway for servers with a key. What it logs is searched, too."""
    with gateway_beside(demo, {"AUTH": "keys"}) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def key(demo: Stack) -> str:
    """The key of a server that does all for the users of its tenant."""
    scopes = ("users:erase", "users:export", "sessions:write")
    return server_key(demo.service("store-1").url, demo.internal_key, *scopes)


@pytest.fixture
async def server(keys_only: Service, key: str) -> AsyncIterator[ChatClient]:
    """The server with the key."""
    async with ChatClient(keys_only.url, "-", credentials=dict(bearer(key))) as client:
        yield client


@pytest.fixture
async def people(demo: Stack) -> AsyncIterator[tuple[Person, Person]]:
    """Two users of one tenant."""
    async with AsyncExitStack() as stack:
        found = []
        for name in ("mallory", "bystander"):
            user, word = f"{name}-{uuid4().hex}", f"zz{uuid4().hex}"
            chat = ChatClient(demo.gateway_urls[0], user, resumable=True)
            found.append(Person(user, word, await stack.enter_async_context(chat)))
        yield found[0], found[1]


class Deployment:
    """All that is kept anywhere."""

    def __init__(self, demo: Stack, log: Path, database: asyncpg.Connection, redis: Redis) -> None:
        self._demo = demo
        self._log = log
        self._database = database
        self._redis = redis

    async def found(self, *words: str) -> list[str]:
        """What of it holds one of these words: rows, keys, files and lines of logs."""
        kept = await traces.rows(self._database) + await traces.keys(self._redis)
        found = [line for line in kept if any(word in line for word in words)]
        for directory in (self._demo.data_dir, self._log.parent):
            found += traces.files_with(directory, *words)
        return found

    async def rows(self, person: Person) -> set[str]:
        """The rows with the name or the word of somebody."""
        rows = await traces.rows(self._database)
        return {line for line in rows if person.word in line or person.name in line}

    async def tables(self, person: Person) -> set[str]:
        """The tables with such rows."""
        return {line.partition(":")[0] for line in await self.rows(person)}

    def command(self, *words: str, check: bool = True) -> CompletedProcess[str]:
        """What an operator's command prints."""
        demo = self._demo
        return turnstream(demo.service("store-1").url, demo.internal_key, *words, check=check)


@pytest.fixture
async def deployment(demo: Stack, keys_only: Service) -> AsyncIterator[Deployment]:
    """The whole system, to be searched."""
    database = await asyncpg.connect(demo.database_url.replace("+asyncpg", "", 1))
    async with Redis.from_url(demo.redis_url) as redis:
        yield Deployment(demo, keys_only.log, database, redis)
    await database.close()


async def begin_session(server: ChatClient, person: Person) -> None:
    """What a server does for each of its pages."""
    asked = {"user": person.name, "workflow": {"id": "wf", "state_variables": {"w": person.word}}}
    await server.call("POST", "/v1/chatkit/sessions", asked)


async def proven(server: ChatClient, person: Person) -> Json:
    """The report of an erasure, once it is proven."""
    path = f"/users/{person.name}/erasure"

    async def done() -> bool:
        return bool((await server.call("GET", path))["state"] == "proven")

    await wait_until_async(done, timeout=30, message="the erasure is not proven")
    report: Json = await server.call("GET", path)
    return report


async def test_a_server_erases_a_user_and_nothing_is_left_anywhere(
    server: ChatClient, people: tuple[Person, Person], deployment: Deployment
) -> None:
    """Not in a table, a key of Redis, a file or a log, with a turn that ran; and another user of
    the same tenant, who did the same, keeps every row as it was.
    """
    gone, stays = people
    for person in people:
        await person.use_everything()
        await begin_session(server, person)
    assert await deployment.tables(gone) >= EVERYWHERE
    before = await deployment.rows(stays)

    async with gone.in_a_turn() as turn:
        async with asyncio.timeout(30):
            begun = await server.call("DELETE", f"/users/{gone.name}")
            await turn.to_end()
        assert turn.ended == "cancelled"
    report = await proven(server, gone)

    assert begun["id"] == report["id"]
    assert report["counts"]["turns ended"] == 1
    assert {place for place, number in report["counts"].items() if number} >= EVERYWHERE - RENAMED
    assert report["pseudonymised"]["usage"] > 0
    assert set(report["left"].values()) == {0}
    assert await deployment.found(gone.name, gone.word) == []
    assert await deployment.rows(stays) == before
    told = deployment.command("audit", "--action", "user.erased", "--json").stdout.splitlines()
    [entry] = [each for each in map(json.loads, told) if each["target"] == report["id"]]
    assert entry["actor_kind"] == "key"
    assert entry["user"].startswith("erased_")


async def test_nobody_without_the_right_key_erases_anybody(
    demo: Stack, key: str, server: ChatClient, people: tuple[Person, Person]
) -> None:
    """Not a user, not themselves, and not a key that may only read."""
    person, _ = people
    await person.chat.send_message("hello")
    reader = server_key(demo.service("store-1").url, demo.internal_key, "users:export")
    async with ChatClient(server._gateway, "-", credentials=dict(bearer(reader))) as other:
        for call in (
            person.chat.call("DELETE", f"/users/{person.name}"),
            person.chat.call("GET", f"/users/{person.name}/export"),
            other.call("DELETE", f"/users/{person.name}"),
        ):
            with pytest.raises(Problem) as caught:
                await call
            assert caught.value.status == 403
    with pytest.raises(Problem) as caught:
        await server.call("GET", f"/users/{person.name}/erasure")
    assert caught.value.status == 404
    assert len((await person.chat.list_threads())["data"]) == 1


async def test_an_operator_erases_a_user_by_a_command(
    people: tuple[Person, Person], deployment: Deployment
) -> None:
    """A dry run only counts. While a hold stands nothing is deleted, and the refusal names the
    command that releases it. Then a table says what was deleted, renamed and left.
    """
    person, _ = people
    await person.use_everything()
    erase = ("erase", "--user", person.name)
    before = await deployment.rows(person)

    counted = table(deployment.command(*erase, "--dry-run").stdout)
    assert counted["threads"] == ["4"]
    assert counted.keys() >= EVERYWHERE - {"sessions"}

    deployment.command("hold", "--user", person.name)
    refused = deployment.command(*erase, check=False)
    assert refused.returncode == 1
    [release] = [line for line in refused.stderr.splitlines() if "--release" in line]
    assert await deployment.rows(person) - before != set(), "the hold and its audit name them"
    assert before <= await deployment.rows(person)
    assert deployment.command(*release.split()[1:]).stdout == "released\n"

    erased = deployment.command(*erase).stdout
    assert erased.splitlines()[0].endswith("proven")
    report = table(erased)
    assert report["threads"] == ["4", "0"]
    assert report["usage"] == [*counted["usage"], "0"]
    assert erased.index("renamed") < erased.index("usage")
    assert await deployment.found(person.name, person.word) == []


async def test_an_archive_is_the_same_whoever_asks_for_it(
    server: ChatClient, people: tuple[Person, Person], deployment: Deployment, tmp_path: Path
) -> None:
    """A server, the user themselves, an operator: each gets all lines and bytes, which the manifest
    counts and proves, and nothing of anybody else.
    """
    person, other = people
    await person.use_everything()
    await other.use_everything()

    theirs = await downloaded(server, f"/users/{person.name}/export")
    own = await downloaded(person.chat, "/export")
    target = tmp_path / "archive.zip"
    deployment.command("export", "--user", person.name, "-o", str(target))

    for content in (theirs, own, target.read_bytes()):
        archive = zipfile.ZipFile(io.BytesIO(content))
        assert archive.testzip() is None
        assert counted_lines(archive)["threads.jsonl"] == 4
        entire = b"".join(map(archive.read, archive.namelist())).decode()
        assert other.word not in entire
        assert other.name not in entire
        [file] = [name for name in archive.namelist() if name.startswith("files/")]
        assert archive.read(file).decode() == person.word * 100
        assert all(person.word in archive.read(f"{name}.jsonl").decode() for name in NAMED)


NAMED = ("items", "facts", "emails")
"""Files of an archive that hold what somebody said."""


def counted_lines(archive: zipfile.ZipFile) -> dict[str, int]:
    """How many lines each file has, when they and the digests are those of the manifest."""
    manifest = json.loads(archive.read("manifest.json"))["entries"]
    assert manifest.keys() == {*archive.namelist()} - {"README.txt", "manifest.json"}
    lines = {}
    for name, told in manifest.items():
        content = archive.read(name)
        assert hashlib.sha256(content).hexdigest() == told["sha256"]
        assert len(content) == told["bytes"]
        if name.endswith(".jsonl"):
            lines[name] = len(content.splitlines())
            assert lines[name] == told["lines"]
    return lines


async def downloaded(client: ChatClient, path: str) -> bytes:
    """What a browser saves."""
    url = client._gateway + path
    async with (
        aiohttp.ClientSession(headers=client.headers, raise_for_status=True) as http,
        http.get(url) as response,
    ):
        assert response.headers["Content-Type"] == "application/zip"
        return await response.read()


def table(printed: str) -> dict[str, list[str]]:
    """Numbers by the place that a report names at the end of each line."""
    lines = [line.split() for line in printed.splitlines()]
    return {line[-1]: line[:-1] for line in lines if line and line[0].isdigit()}
