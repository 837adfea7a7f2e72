"""What users think of items: one verdict an item, kept with the thread, read in pages."""

import asyncio
from typing import Literal

import orjson
import pytest
from turnstream.cli import main as cli
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import GiveFeedback
from turnstream.store_client import StoreClient
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings

from tests.support.services import client_of, serving
from tests.support.turns import ANN, finish, item, running, save_item

HIDDEN = "hidden_context_item"


async def answered(client: StoreClient, *item_ids: str, owner: Owner = ANN) -> str:
    """A thread with these items behind its message."""
    turn = await running(client, owner=owner)
    for item_id in item_ids:
        kind = HIDDEN if item_id.startswith("hidden") else "assistant_message"
        await save_item(client, turn, item(item_id, kind))
    await finish(client, turn)
    return turn.thread_id


async def judge(
    client: StoreClient,
    thread_id: str,
    *item_ids: str,
    kind: Literal["positive", "negative"] = "positive",
    owner: Owner = ANN,
) -> None:
    await client.feedback.give(owner, thread_id, GiveFeedback(item_ids=list(item_ids), kind=kind))


async def test_an_operator_reads_feedback_from_a_shell(
    emptied: str, redis: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`turnstream feedback` prints a verdict a line, for people or, with `--json`, for programs."""
    app = create_app(StoreSettings(database_url=emptied, redis_url=redis))
    async with serving(app) as url, client_of(url) as client:
        thread_id = await answered(client, "m1", "m2")
        await judge(client, thread_id, "m1", "m2", kind="negative")

        async def shell(*options: str) -> str:
            """What the command prints; it brings a loop of its own, so it gets a thread."""
            arguments = ["--store-url", url, "feedback", *options]
            assert await asyncio.to_thread(cli.main, arguments) == 0
            return capsys.readouterr().out

        shown = await shell("--limit", "1", "--since", "1h")
        assert shown.split()[1:] == ["negative", "ann", thread_id, "m2"]
        lines = (await shell("--kind", "negative", "--json")).splitlines()
        assert [orjson.loads(line)["item_id"] for line in lines] == ["m2", "m1"]
        assert await shell("--kind", "positive") == ""
