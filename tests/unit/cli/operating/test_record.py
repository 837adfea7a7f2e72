"""`turnstream record`: what it writes, what it takes out, and what it says."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from turnstream.cli.operating.record import record_lines
from turnstream.contracts.operating.recordings import Recording
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import NotFound, TurnstreamError, Unprocessable
from turnstream.recordings.redaction import placeholder, redacted
from turnstream.testing import MemoryStore

from tests.support.turns import finish, item, message, running, write

SCHEMA = {"properties": {"size": {"enum": ["small", "large"]}}}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def failed(store: MemoryStore) -> str:
    """A turn that failed, with a secret and an argument that a schema lists."""
    said = "I am Ann, my key is sk-abcdefghijklmnop"
    turn = await running(store, message(said))
    called = {"type": "function_call", "call_id": "call_1", "name": "bake"}
    arguments = json.dumps({"size": "large", "for": "Ann", "count": 2, "at": "2026-01-31"})
    steps = {
        "stream_1": {
            "output": [called | {"arguments": arguments}],
            "asked": {"content": "d1", "ordinal": 1, "shape": {"exact": "d2", "sketch": [7]}},
        },
        "tool_call_1": {"output": "a large pie for Ann", "api_key": "hunter2"},
        "request_stream_1": {
            "number": 1,
            "instructions": "You bake for Ann.",
            "tools": [{"name": "bake", "description": "Bakes.", "parameters": SCHEMA}],
        },
    }
    recorded = [{"key": key, "value": json.dumps(value)} for key, value in steps.items()]
    await write(store, turn, steps=recorded, items=[item("msg_1", content=[{"text": "For Ann"}])])
    await finish(store, turn, TurnStatus.FAILED)
    return turn.turn_id


async def written(store: MemoryStore, folder: Path, redact: str = "secrets") -> tuple[Any, str]:
    """The document of a file, and what the command prints."""
    file = folder / "turn.json"
    turn_id = await failed(store)
    options = argparse.Namespace(turn_id=turn_id, output=file, redact=redact)
    lines = await record_lines(store, options)
    return json.loads(file.read_text()), "\n".join(lines)


async def test_the_file_is_for_its_owner_alone_and_whole(
    store: MemoryStore, tmp_path: Path
) -> None:
    document, told = await written(store, tmp_path)

    assert (document["format"], document["version"]) == ("turnstream.recording", 1)
    assert [each.name for each in tmp_path.iterdir()] == ["turn.json"]
    assert (tmp_path / "turn.json").stat().st_mode & 0o777 == 0o600
    assert "threads.create of ann, failed, attempt 1" in told
    assert "1 answers of models, 1 results of tools, no event log" in told


async def test_what_a_killed_run_left_does_not_open_the_file(
    store: MemoryStore, tmp_path: Path
) -> None:
    """Nor does what somebody else has put there."""
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "turn.json.part").symlink_to(elsewhere)

    await written(store, tmp_path)

    assert not elsewhere.exists()
    assert (tmp_path / "turn.json").stat().st_mode & 0o777 == 0o600


async def test_secrets_are_taken_out_by_form_and_by_name(
    store: MemoryStore, tmp_path: Path
) -> None:
    document, told = await written(store, tmp_path)

    text = json.dumps(document)
    assert "sk-abcdefghijklmnop" not in text
    assert "hunter2" not in text
    assert "I am Ann" in text
    assert "redacted: secrets" in told


async def test_texts_are_taken_out_and_what_decides_the_turn_stays(
    store: MemoryStore, tmp_path: Path
) -> None:
    """Ids, names of tools, numbers, dates, and the words that a schema lists."""
    document, _ = await written(store, tmp_path, "texts")

    assert "Ann" not in json.dumps(document)
    answer = document["journal"]["stream_1"]
    (call,) = answer["output"]
    assert (call["name"], call["call_id"]) == ("bake", "call_1")
    assert json.loads(call["arguments"]) == {
        "size": "large",
        "for": "Xxx",
        "count": 2,
        "at": "1111-11-11",
    }
    assert answer["asked"]["content"] == ""
    assert answer["asked"]["shape"]["sketch"] == []
    request = document["journal"]["request_stream_1"]
    assert request["instructions"] == "Xxx xxxx xxx Xxx."
    assert request["tools"] == [{"name": "bake", "description": "Bakes.", "parameters": SCHEMA}]
    assert document["turn"]["context"]["user_id"] == "xxx"
    assert document["turn"]["request"]["type"] == "threads.create"


async def test_nothing_is_taken_out_where_that_is_asked_for(
    store: MemoryStore, tmp_path: Path
) -> None:
    document, told = await written(store, tmp_path, "nothing")

    assert "sk-abcdefghijklmnop" in json.dumps(document)
    assert "redacted: nothing" in told


async def test_redacting_twice_changes_nothing(store: MemoryStore) -> None:
    """A replay redacts what it made before it compares."""
    recording = await store.recordings.of_turn(await failed(store))
    once = redacted(recording, ["texts"])

    assert redacted(once, once.redacted) == once


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Größe 7, bitte!", "Xxxxx 1, xxxxx!"),
        ("天氣如何？", "xxxx？"),
        ("2026-01-31T09:30:00Z", "1111-11-11T11:11:11Z"),
        ("", ""),
    ],
)
def test_a_placeholder_is_as_long_as_its_text(text: str, hidden: str) -> None:
    assert placeholder(text) == hidden


async def test_what_is_not_there_is_said(store: MemoryStore, tmp_path: Path) -> None:
    """A turn that nobody knows, and one whose journal is gone."""
    turn = await running(store)
    await finish(store, turn)

    for turn_id, error in (("turn_none", NotFound), (turn.turn_id, Unprocessable)):
        options = argparse.Namespace(turn_id=turn_id, output=tmp_path / "x", redact="secrets")
        with pytest.raises(error):
            await record_lines(store, options)


async def test_a_folder_that_is_not_there_is_named(store: MemoryStore, tmp_path: Path) -> None:
    output = tmp_path / "none" / "turn.json"
    options = argparse.Namespace(turn_id=await failed(store), output=output, redact="secrets")

    with pytest.raises(TurnstreamError, match=r"none/turn\.json"):
        await record_lines(store, options)


async def test_a_recording_survives_its_file(store: MemoryStore) -> None:
    recording = await store.recordings.of_turn(await failed(store))

    assert Recording.model_validate_json(recording.model_dump_json()) == recording
