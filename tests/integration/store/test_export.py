"""A user's archive: whole, theirs alone, and readable with what everybody has."""

import hashlib
import io
import json
import zipfile

import asyncpg
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import Actor, ActorKind
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile, SaveFact
from turnstream.contracts.turns import TurnStatus
from turnstream.files.blobs import Blobs
from turnstream.store_client import StoreClient

from tests.support.store.belongings import FOREIGNERS, SECRET, VICTIM, belongings
from tests.support.turns import finish, item, running, write

STRANGERS = "what bob said"


async def archive(client: StoreClient, owner: Owner = VICTIM) -> zipfile.ZipFile:
    """A user's archive, read by the standard library."""
    pieces = [piece async for piece in await client.privacy.export(owner)]
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def lines(made: zipfile.ZipFile, name: str) -> list[dict[str, object]]:
    """The documents of one file."""
    return [json.loads(line) for line in made.read(f"{name}.jsonl").splitlines()]


async def test_an_archive_has_all_that_a_user_has(
    client: StoreClient, other: asyncpg.Connection, blobs_url: str
) -> None:
    """Every line, the bytes of every file, and a manifest that counts and proves them."""
    hers = await belongings(client)
    await write(
        client, hers.running, items=[item("msg_hidden", "hidden_context_item", content="noted")]
    )
    key, blobs = f"{new_id('img')}.png", Blobs(blobs_url)
    await client.files.reserve(VICTIM, ReserveFile(key=key, size=300_000))
    await blobs.put(key, b"\x89PNG" * 75_000)
    await other.execute("UPDATE files SET uploaded = true WHERE key = $1", key)
    bob = await running(client, owner=FOREIGNERS[1])
    await write(client, bob, items=[item("msg_bob", text=STRANGERS)])

    made = await archive(client)

    assert made.testzip() is None
    found = {name: len(lines(made, name)) for name in ("threads", "turns", "feedback", "facts")}
    assert found == {"threads": 2, "turns": 3, "feedback": 1, "facts": 1}
    items = [line["item"] for line in lines(made, "items")]
    assert hers.item in {each["id"] for each in items}  # type: ignore[index]  # JSON
    names = {line["id"]: line["name"] for line in lines(made, "attachments")}
    assert names == {hers.attachment: SECRET, hers.unsent: SECRET}, "what was never sent, too"
    assert len(lines(made, "emails")) == len(lines(made, "sessions")) == 1
    assert made.read(f"files/{key}") == b"\x89PNG" * 75_000
    everything = b"".join(made.read(name) for name in made.namelist())
    assert SECRET.encode() in everything
    assert STRANGERS.encode() not in everything
    assert b"noted" not in made.read("items.jsonl")
    manifest = json.loads(made.read("manifest.json"))
    for name, told in manifest["entries"].items():
        assert hashlib.sha256(made.read(name)).hexdigest() == told["sha256"]
    assert manifest["entries"].keys() | {"README.txt", "manifest.json"} == set(made.namelist())
    assert all(".." not in name and not name.startswith("/") for name in made.namelist())


async def test_an_archive_goes_on_behind_a_page(client: StoreClient) -> None:
    """Each row once, however many there are."""
    for number in range(120):
        await client.facts.add(VICTIM, SaveFact(id=f"fact_{number:03}", text=str(number)))
    turn = await running(client, owner=VICTIM)
    said = [item(f"msg_{number}", text=str(number)) for number in range(70)]
    await write(client, turn, items=said)

    made = await archive(client)

    assert [line["text"] for line in lines(made, "facts")] == [str(each) for each in range(120)]
    assert len(lines(made, "items")) == 71


async def test_the_audit_tells_of_an_export(client: StoreClient) -> None:
    """Who had it made, and of whom."""
    pieces = await client.privacy.export(VICTIM, Actor(ActorKind.KEY, "key_1"))
    assert [piece async for piece in pieces]
    [entry] = (await client.privacy.audit(10, action="user.exported")).data
    assert (entry.actor_kind, entry.actor, entry.user) == ("key", "key_1", VICTIM.user)


async def test_an_archive_has_kept_journals_without_what_was_asked(client: StoreClient) -> None:
    """What a model was asked repeats the conversation, around instructions that are the app's."""
    turn = await running(client, owner=VICTIM)
    steps = [
        {"key": "stream_1", "value": '{"output": "what a model said"}'},
        {"key": f"{REQUEST}stream_1", "value": '{"instructions": "the app\'s own"}'},
    ]
    await write(client, turn, steps=steps)
    await finish(client, turn, TurnStatus.FAILED)

    made = await archive(client)

    (line,) = lines(made, "journal")
    assert line == {
        "turn_id": turn.turn_id,
        "key": "stream_1",
        "value": {"output": "what a model said"},
    }
