"""What users think of items: one rating an item, kept with the thread, read in pages."""

import asyncio
from typing import Literal

import asyncpg
import orjson
import pytest
from turnstream.cli import main as cli
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import GiveFeedback
from turnstream.errors import Unprocessable
from turnstream.store_client import StoreClient
from turnstream_store.app import create_app
from turnstream_store.feedback.rules import RATINGS_LIMIT
from turnstream_store.settings import StoreSettings

from tests.support.system.services import client_of, serving
from tests.support.turns import ANN, BOB, finish, item, running, save_item

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
    """`turnstream feedback` prints a rating a line, for people or, with `--json`, for programs."""
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


async def test_a_user_of_ten_thousand_ratings_is_bounded_and_hurts_nobody(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """A thread keeps so many, of answers too that were tried again. One more is refused; the user
    may rate in other threads, and reads pages as before; others notice nothing.
    """
    full = await answered(client, "m1", "m2")
    await other.execute(
        "INSERT INTO turnstream.feedback (tenant, owner, thread_id, item_id, kind)"
        " SELECT $1, $2, $3, 'tried again ' || n, 'negative' FROM generate_series(1, $4) AS n",
        *(ANN.tenant, ANN.user, full, RATINGS_LIMIT - 1),
    )
    await judge(client, full, "m1")
    with pytest.raises(Unprocessable, match=f"{RATINGS_LIMIT} ratings"):
        await judge(client, full, "m2")

    newest = (await client.feedback.of_thread(ANN, full, limit=100, after=None)).data
    assert (len(newest), newest[0].item_id) == (100, "m1")
    assert "m2" not in {each.item_id for each in newest}
    for owner in (ANN, BOB):
        thread_id = await answered(client, f"of-{owner.user}", owner=owner)
        await judge(client, thread_id, f"of-{owner.user}", owner=owner)
        rated = await client.feedback.of_thread(owner, thread_id, limit=100, after=None)
        assert [each.item_id for each in rated.data] == [f"of-{owner.user}"]
