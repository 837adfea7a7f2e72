"""What is kept of users: holds keep it, archives hand it out, erasures end it."""

import hashlib
import io
import json
import zipfile

import pytest
from turnstream.contracts.operating.privacy import ErasureState
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.contracts.owner import Owner
from turnstream.errors import LegalHold, NotFound
from turnstream.store_client import StoreClient

from tests.support.store.belongings import FOREIGNERS, SECRET, VICTIM, belongings
from tests.support.turns import finish, item, message, running, write
from tests.support.waiting import wait_until_async

STRANGERS = "what bob said"


async def archive(client: StoreClient, owner: Owner = VICTIM) -> zipfile.ZipFile:
    """A user's archive, read by the standard library."""
    pieces = [piece async for piece in await client.privacy.export(owner)]
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def lines(made: zipfile.ZipFile, name: str) -> list[dict[str, object]]:
    """The documents of one file."""
    return [json.loads(line) for line in made.read(f"{name}.jsonl").splitlines()]


async def test_a_hold_keeps_a_user_or_a_whole_tenant(client: StoreClient) -> None:
    """From erasure, until it is released; again it is the same hold."""
    await belongings(client)
    for user in (VICTIM.user, None):
        placed = await client.privacy.hold(VICTIM.tenant, user)
        assert await client.privacy.hold(VICTIM.tenant, user) == placed
        assert (placed.tenant, placed.user) == (VICTIM.tenant, user)
        assert await client.privacy.holds() == [placed]
        with pytest.raises(LegalHold):
            await client.privacy.erase(VICTIM)
        await client.privacy.release(VICTIM.tenant, user)
        with pytest.raises(NotFound):
            await client.privacy.release(VICTIM.tenant, user)

    assert await client.privacy.holds() == []
    assert (await client.privacy.preview(VICTIM)).counts["threads"] == 2


async def test_holds_of_every_tenant_are_listed_newest_first(client: StoreClient) -> None:
    """As many as are asked for."""
    placed = [await client.privacy.hold(tenant, "ann") for tenant in ("acme", "globex")]
    assert await client.privacy.holds() == placed[::-1]
    assert await client.privacy.holds(1) == placed[1:]


async def test_an_archive_has_all_that_a_user_has(client: StoreClient) -> None:
    """Every line of theirs, none of anybody else, and a manifest that counts and proves them."""
    hers = await belongings(client)
    noted = item("msg_hidden", "hidden_context_item", content="noted")
    steps = [{"key": f"{REQUEST}step", "value": '"the app\'s own"'}]
    await write(client, hers.running, items=[noted], steps=steps)
    await running(client, message(STRANGERS), owner=FOREIGNERS[1])

    made = await archive(client)

    names = ("threads", "turns", "feedback", "facts", "emails", "sessions", "schedules", "usage")
    assert {name: len(lines(made, name)) for name in names} == {
        "threads": 2,
        "turns": 3,
        "feedback": 1,
        "facts": 1,
        "emails": 1,
        "sessions": 1,
        "schedules": 1,
        "usage": 1,
    }
    [said] = [line for line in lines(made, "items") if hers.item in str(line)]
    assert (said["thread_id"], said["item"]["text"]) == (hers.thread, SECRET)  # type: ignore[index]
    assert {line["id"]: line["name"] for line in lines(made, "attachments")} == {
        hers.attachment: SECRET,
        hers.unsent: SECRET,
    }
    turn = hers.running.turn_id
    assert lines(made, "journal") == [{"turn_id": turn, "key": "step", "value": SECRET}]
    assert lines(made, "tool_calls") == [{"turn_id": turn, "tool": "t", "result": None}]
    everything = b"".join(made.read(name) for name in made.namelist())
    for hidden in (STRANGERS, "noted", "the app's own"):
        assert hidden.encode() not in everything
    manifest = json.loads(made.read("manifest.json"))
    assert (manifest["tenant"], manifest["user"]) == VICTIM
    for name, told in manifest["entries"].items():
        assert hashlib.sha256(made.read(name)).hexdigest() == told["sha256"]
        assert made.read(name).count(b"\n") == told["lines"]
    assert manifest["entries"].keys() | {"README.txt", "manifest.json"} >= {*made.namelist()}


async def test_both_archives_tell_of_the_same_things(client: StoreClient) -> None:
    """A line has the same fields, wherever it was kept."""
    await belongings(client)
    made = await archive(client)
    fields = {name: sorted(lines(made, name)[0]) for name in ("threads", "turns", "usage", "files")}
    assert fields == {
        "threads": ["created_at", "id", "status", "title"],
        "turns": ["accepted_at", "attempt", "ended_at", "id", "kind", "status", "thread_id"],
        "usage": [
            *("cost", "created_at", "input_tokens", "model", "output_tokens"),
            *("thread_id", "turn_id"),
        ],
        "files": ["key", "size", "thread_id"],
    }


async def test_an_erasure_leaves_nothing_of_a_user(client: StoreClient) -> None:
    """Nothing of others goes with it, and the report counts what went."""
    hers = await belongings(client)
    await finish(client, hers.running)  # an erasure waits until what runs for the user has stopped
    others = await running(client, owner=FOREIGNERS[0])
    with pytest.raises(NotFound):
        await client.privacy.erasure(VICTIM)
    await client.privacy.erase(VICTIM)

    async def is_done() -> bool:
        return (await client.privacy.erasure(VICTIM)).finished_at is not None

    await wait_until_async(is_done)
    erasure = await client.privacy.erasure(VICTIM)
    assert erasure.state is not ErasureState.ERASING
    counted = ("threads", "turns", "facts", "outbox", "sessions", "schedules")
    assert [erasure.counts[name] for name in counted] == [2, 3, 1, 1, 1, 1]
    assert erasure.left is not None and not any(erasure.left.values())
    assert (await client.privacy.preview(VICTIM)).counts == {}
    assert await client.schedules.newest(VICTIM) == []
    assert await client.facts.newest(VICTIM) == []
    assert await client.turns.show(FOREIGNERS[0], others.turn_id)
