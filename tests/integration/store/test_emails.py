"""Emails of the guide: operators read it, and what is old is forgotten."""

import asyncio

import asyncpg
import orjson
import pytest
from turnstream.cli import main as cli
from turnstream.contracts.store_api import SendEmail
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings
from turnstream_store.sweeper import BATCH

from tests.support.system.services import client_of, running_store, serving
from tests.support.turns import ANN, BOB, OTHER_ANN
from tests.support.waiting import wait_until_async


def email(name: str) -> SendEmail:
    return SendEmail(id=name, recipient="eve@example.com", subject="Hello", body="How are you?")


async def test_an_operator_reads_emails_from_a_shell(
    emptied: str, redis: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`turnstream outbox` prints an email a line, for people or, with `--json`, for programs."""
    app = create_app(StoreSettings(database_url=emptied, redis_url=redis))
    async with serving(app) as url, client_of(url) as client:
        await client.emails.add(ANN, email("email_1"))
        await client.emails.add(BOB, email("email_2"))

        async def shell(*options: str) -> str:
            """What the command prints; it brings a loop of its own, so it gets a thread."""
            arguments = ["--store-url", url, "outbox", *options]
            assert await asyncio.to_thread(cli.main, arguments) == 0
            return capsys.readouterr().out

        shown = await shell("--limit", "1", "--since", "1h")
        assert shown.split()[1:] == ["bob", "eve@example.com", "Hello"]
        lines = (await shell("--json")).splitlines()
        assert [orjson.loads(line)["id"] for line in lines] == ["email_2", "email_1"]
        assert await shell("--since", "2100-01-01") == ""

        await client.emails.add(OTHER_ANN, email("email_3"))
        assert (await shell("--limit", "1")).split()[1] == "acme/ann"


async def test_an_email_can_not_talk_to_the_terminal_that_lists_it(
    emptied: str, redis: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its subject is what a user or a model wrote; an escape sequence is shown, not obeyed."""
    app = create_app(StoreSettings(database_url=emptied, redis_url=redis))
    async with serving(app) as url, client_of(url) as client:
        rude = email("email_1").model_copy(update={"subject": "\x1b[2Jall gone 你好"})
        await client.emails.add(ANN, rude)

        await asyncio.to_thread(cli.main, ["--store-url", url, "outbox"])

    assert capsys.readouterr().out.endswith("  \ufffd[2Jall gone 你好\n")


async def test_old_emails_are_deleted(emptied: str, redis: str) -> None:
    """All of them soon after the start, however many there are; those that are not old stay."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute(
        "INSERT INTO outbox (id, owner, recipient, subject, body, created_at) "
        "SELECT n, 'ann', 'eve@example.com', 'Hello', '', now() - n * interval '1 hour' "
        f"FROM generate_series(1, {3 * BATCH}) AS n"
    )
    await connection.close()
    settings = {"sweep_interval": "50ms", "outbox_retention": "150m"}
    async with running_store(emptied, redis, **settings) as client:

        async def swept() -> bool:
            left = await client.emails.newest_of_all(limit=1000)
            return [each.id for each in left] == ["1", "2"]

        await wait_until_async(swept, message="old emails are still there, or new ones are gone")
