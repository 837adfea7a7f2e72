"""`turnstream webhooks`: what an operator types, and what is printed."""

import argparse

import pytest
from standardwebhooks import Webhook
from turnstream.cli import main as cli
from turnstream.cli.operating.webhooks import new_secret, webhook_lines
from turnstream.contracts.operating.webhooks import WebhookEvent
from turnstream.errors import BadRequest
from turnstream.testing import MemoryStore

from tests.support.turns import finish, running

URL = "https://example.com/hooks"


def typed(line: str) -> argparse.Namespace:
    return cli._parser().parse_args(line.split())


async def test_a_new_secret_is_the_last_line_and_is_never_shown_again() -> None:
    """The reference library takes it; the list tells everything else."""
    store = MemoryStore()
    *_, secret = await webhook_lines(
        store, typed(f"webhooks create {URL} --events turn.failed --description billing")
    )
    assert Webhook(secret)
    (line,) = await webhook_lines(store, typed("webhooks list"))
    for told in ("default", URL, "turn.failed", "'billing'"):
        assert told in line
    assert secret not in line

    (hook,) = await store.webhooks.newest()
    *_, fresh = await webhook_lines(store, typed(f"webhooks rotate {hook.id}"))
    assert fresh != secret


async def test_a_webhook_is_disabled_enabled_and_deleted() -> None:
    """Each by its id."""
    store = MemoryStore()
    await webhook_lines(store, typed(f"webhooks create {URL}"))
    (hook,) = await store.webhooks.newest()
    assert hook.events == [*WebhookEvent]
    (line,) = await webhook_lines(store, typed(f"webhooks disable {hook.id}"))
    assert "disabled (operator)" in line
    (line,) = await webhook_lines(store, typed(f"webhooks enable {hook.id}"))
    assert "disabled" not in line
    await webhook_lines(store, typed(f"webhooks delete {hook.id}"))
    assert await webhook_lines(store, typed("webhooks list")) == ["no webhooks"]


async def test_deliveries_are_told_a_line_each() -> None:
    """With the event's id, the turn and the state; dead letters alone on their own list."""
    store = MemoryStore()
    await webhook_lines(store, typed(f"webhooks create {URL}"))
    (hook,) = await store.webhooks.newest()
    turn = await running(store)
    await finish(store, turn)
    (line,) = await webhook_lines(store, typed(f"webhooks deliveries {hook.id}"))
    for told in ("evt_", hook.id, "turn.completed", turn.turn_id, "waiting", "tries=0"):
        assert told in line
    assert await webhook_lines(store, typed("webhooks dead-letters")) == ["no dead letters"]
    assert await webhook_lines(store, typed(f"webhooks retry {hook.id}")) == ["0 sent again"]


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "https://user:pass@example.com/", "https://example.com/#part"]
)
async def test_what_is_no_url_for_webhooks_is_refused_with_the_reason(url: str) -> None:
    with pytest.raises(BadRequest, match="url"):
        await webhook_lines(MemoryStore(), typed(f"webhooks create {url}"))


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(SystemExit):
        typed(f"webhooks create {URL} --events turn.ended")


def test_secrets_differ() -> None:
    assert new_secret() != new_secret()
