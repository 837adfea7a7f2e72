"""A turn of a real system becomes a file, and runs again against today's code, without the system.

Both commands are given as an operator and a developer give them.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, message
from tests.support.model_server import Hold, ModelServer, always, rounds, status, text, tool_call
from tests.support.system.commands import turnstream
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]
HELD = "held"
ANSWER = rounds(
    tool_call("price_of", {"pie": "Pflaumenkuchen"}),
    tool_call("bake", {"what": "Pflaumenkuchen"}),
    text("Here ", "it is."),
)


@pytest.fixture(scope="module")
def shop(model: ModelServer, new_stack: NewStack) -> Iterator[Stack]:
    """The shop with its bug, in production: every journal is kept for a while."""
    env = {
        "ASSISTANT": "tests.e2e.apps.pie_shop:create",
        "TOOLS": "tests.e2e.apps.pie_shop:bake",
        "PYTHONPATH": str(ROOT),
        "PIE_BUG": "1",
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": model.base_url,
        "KEEP_JOURNALS": "all",
        "RETRY_BACKOFF": "100ms",
        "LEASE": "3s",
    }
    with new_stack("shop", env) as stack:
        yield stack


@pytest.fixture
async def chat(shop: Stack, model: ModelServer) -> AsyncIterator[ChatClient]:
    """A user of the shop."""
    model.reset()
    async with ChatClient(shop.gateway_urls[0], user="ann") as client:
        yield client


def record(shop: Stack, chat: ChatClient, folder: Path, *options: str) -> Path:
    """The file of the turn that the user saw last."""
    file = folder / "turn.json"
    words = ("record", str(chat.turn_id), "-o", str(file), *options)
    store = (shop.data_dir / "run/store.url").read_text().strip()
    turnstream(store, shop.internal_key, *words)
    return file


def replay(file: Path, *options: str, **changed: str) -> tuple[int, str]:
    """The exit status and all that `turnstream replay` prints, with the code changed so."""
    found = subprocess.run(
        [
            *(sys.executable, "-m", "turnstream.cli", "replay", str(file)),
            *("--app", "tests.e2e.apps.pie_shop:create", "--tools", "tests.e2e.apps.pie_shop:bake"),
            *options,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "", **changed},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return found.returncode, found.stdout + found.stderr


async def test_a_turn_with_tools_is_the_same_until_the_code_changes(
    shop: Stack, chat: ChatClient, model: ModelServer, tmp_path: Path
) -> None:
    """A local tool and a remote one; the difference says what, where, and both sides."""
    model.script = ANSWER
    await chat.send_message("good morning")
    await chat.send_message("a Pflaumenkuchen please")
    asked = len(model.calls)

    file = record(shop, chat, tmp_path)

    code, told = replay(file)
    assert (code, told.splitlines()) == (
        0,
        [f"{chat.turn_id}: the same as recorded (model calls: 3, results of tools: 2)"],
    )
    code, told = replay(file, PIE_INSTRUCTIONS="You sell nothing.")
    assert (code, told.splitlines()) == (
        1,
        [
            f"{chat.turn_id}: differs from its recording at model call 1 of 3, by the agent Shop:"
            " its instructions",
            "  recorded: You sell pies.",
            "  now:      You sell nothing.",
        ],
    )
    assert len(model.calls) == asked, "no model was asked"


async def test_a_redacted_turn_is_replayed_and_says_nothing(
    shop: Stack, chat: ChatClient, model: ModelServer, tmp_path: Path
) -> None:
    """What the user, the model and the tools said is gone from the file."""
    model.script = ANSWER
    await chat.send_message("a Pflaumenkuchen for Annette")

    file = record(shop, chat, tmp_path, "--redact", "texts")

    for word in ("Pflaumenkuchen", "Annette", "Here it is", "You sell pies"):
        assert word not in file.read_text()
    assert replay(file)[0] == 0
    code, told = replay(file, PIE_INSTRUCTIONS="You sell nothing.")
    assert (code, "its instructions" in told) == (1, True)


async def test_a_turn_whose_worker_died_is_the_same(
    shop: Stack, chat: ChatClient, model: ModelServer, tmp_path: Path
) -> None:
    """Two attempts, one recording: what the turn ended with counts."""
    model.script = rounds(
        tool_call("price_of", {"pie": "Pflaumenkuchen"}), text("Here", Hold(HELD), " it is.")
    )
    async with chat.stream(*message("a pie, and then a crash")) as turn:
        await wait_until_async(lambda: model.waiting(HELD) == 1)
        shop.service("agent-worker-1").kill()
        model.open(HELD)
        await turn.to_end(timeout=60)
    assert chat.ended == "completed"

    file = record(shop, chat, tmp_path)

    assert '"attempt": 2' in file.read_text()
    assert replay(file)[0] == 0


async def test_a_failed_turn_shows_whether_its_bug_is_gone(
    shop: Stack, chat: ChatClient, model: ModelServer, tmp_path: Path
) -> None:
    """With the bug it fails as it did, and without it completes."""
    model.script = ANSWER
    await chat.send_message("a bug please")
    assert chat.ended == "failed"

    file = record(shop, chat, tmp_path)

    assert replay(file, PIE_BUG="1")[0] == 0
    code, told = replay(file)
    assert code == 1
    assert "at the end of the turn" in told
    assert "ZeroDivisionError: a pie was divided by nobody" in told
    assert "now:      completed" in told


async def test_what_the_model_refused_is_where_the_replay_ends(
    shop: Stack, chat: ChatClient, model: ModelServer, tmp_path: Path
) -> None:
    """What was asked in vain is in the recording too."""
    model.script = always(status(401))
    await chat.send_message("a pie please")
    assert chat.ended == "failed"

    file = record(shop, chat, tmp_path)

    code, told = replay(file)
    assert (code, "as far as the recording goes" in told) == (0, True)
    assert replay(file, PIE_INSTRUCTIONS="You sell nothing.")[0] == 1


def test_a_file_that_is_none_cant_be_run(tmp_path: Path) -> None:
    """The exit status tells it from a difference."""
    file = tmp_path / "turn.json"
    file.write_text('{"format": "turnstream.recording", "version": 99}')

    code, told = replay(file)

    assert code == 2
    assert "is a recording of version 99" in told
