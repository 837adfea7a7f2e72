"""No limit leaves a turn without an end: each is reached inside a turn, in real processes.

Each limit is a tenant's own, and the tenant's users may have one turn under way. So the message
that follows comes in only if the turn's place was given back, and is answered only if what the turn
had set aside was.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.store_client import HttpStoreClient
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from tests.conftest import PROXY_SECRET, NewStack
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import Hang, ModelRequest, ModelServer, Pause, Step, text, tool_call

ROOT = Path(__file__).parents[3]
LOG_LIMIT = 40_000
SEEN = "I look. "

GREEDY, ENDLESS, SILENT, BIG_STEP = "for ever", "very long", "silent", "big step"

BUDGETS: dict[str, dict[str, Any]] = {
    "tokens of a turn": {"turn_max_tokens": 6_000},
    "cost of a turn": {"turn_max_cost": 6.0},
    "tool calls of a turn": {"turn_max_tool_calls": 2},
    "time of a turn": {"turn_max_time": timedelta(seconds=1)},
    "tokens of a user's day": {"user_daily_tokens": 9_000},
    "cost of a user's day": {"user_daily_cost": 9.0},
    "tokens of a user's month": {"user_monthly_tokens": 9_000},
    "cost of a user's month": {"user_monthly_cost": 9.0},
    "tokens of a tenant's month": {"tenant_monthly_tokens": 9_000},
    "cost of a tenant's month": {"tenant_monthly_cost": 9.0},
}
OTHERS = {
    "bytes of the log": (ENDLESS, "answer_too_large"),
    "time of an attempt": (SILENT, "turn_timed_out"),
    "bytes of a step": (BIG_STEP, "assistant_raised"),
}
REACHED = [
    *((name, limit, GREEDY, "budget_exhausted") for name, limit in BUDGETS.items()),
    *((name, {}, *what) for name, what in OTHERS.items()),
]


def script(request: ModelRequest) -> Step:
    """A short answer; or one that reaches a limit, after some words that the user sees."""
    asked = request.last_user_text
    if GREEDY in asked:  # each call asks for a thousand tokens more than the one before
        return text(SEEN, Pause(0.1)) + tool_call("look_up", {"city": "B" * 4_000})
    if ENDLESS in asked:
        return text(SEEN, *[f"word {number} " for number in range(LOG_LIMIT // 8)])
    if SILENT in asked:
        return text(SEEN, Hang())
    return text(SEEN)


@pytest.fixture(scope="module")
def stack(new_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("limits")
    with ModelServer(script).in_thread() as model:
        env = {
            "ASSISTANT": "tests.e2e.apps.limited_assistant:create",
            "DIALECTS_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": model.base_url,
            "MODEL_PRICES": '{"any": {"input": 1000, "output": 1000}}',
            "AUTH": "proxy",
            "PROXY_SECRET": PROXY_SECRET,
            "LOG_LIMIT": str(LOG_LIMIT),
            "TURN_TIMEOUT": "8s",
            "MAX_RUNNING_TURNS_PER_USER": "1",
            "MAX_TURNS_PER_USER": "1",
        }
        specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
        with new_stack("limits-in-a-turn", env, specs=specs) as stack:
            yield stack


@pytest.fixture
async def tenants(stack: Stack) -> AsyncIterator[Any]:
    url = (stack.data_dir / "run/store.url").read_text().strip()
    timeout = timedelta(seconds=10)
    async with HttpStoreClient(url, retry_timeout=timeout, key=stack.internal_key) as store:
        yield store.tenants


@pytest.mark.parametrize(
    ("limit", "words", "code"),
    [pytest.param(*rest, id=name) for name, *rest in REACHED],
)
async def test_a_limit_ends_a_turn_and_gives_back_its_place(
    stack: Stack, tenants: Any, limit: dict[str, Any], words: str, code: str, request: Any
) -> None:
    """With an error that the user sees and reads again; what they saw before it is kept."""
    tenant = request.node.callspec.id.replace(" ", "-").replace("'", "")
    await tenants.set(tenant, TenantSettings(**limit))
    known = {"X-User-Id": "ann", "X-Tenant-Id": tenant, "X-Proxy-Secret": PROXY_SECRET}
    url = stack.gateway_urls[0]
    async with ChatClient(url, "ann", timeout=40, credentials=known) as client:
        turn = await client.send_message(f"Talk {words}")

        assert turn.ends == ["failed"], turn.describe()
        told = await client.call("GET", f"/turns/{turn.turn_id}")
        assert (told["status"], told["error"]["code"]) == ("failed", code)
        assert [each["allow_retry"] for each in client.errors] == [code != "budget_exhausted"]
        assert SEEN.strip() in client.text
        await assert_transcript_matches(client)
        assert await reserved(stack, tenant) == 0

        again = await client.send_message("Hello", new_thread=True)
        assert again.ends == ["completed"], again.describe()
        in_same = await client.send_message("Hello")
        assert in_same.ends == ["completed"], in_same.describe()


async def reserved(stack: Stack, tenant: str) -> int:
    """Reservations that still count: those of attempts that run."""
    url = stack.database_url.replace("+asyncpg", "", 1)
    connection = await asyncpg.connect(url, server_settings={"search_path": "turnstream, public"})
    try:
        sql = (
            "SELECT count(*) FROM reservations r JOIN turns t ON t.id = r.turn_id"
            " WHERE r.tenant = $1 AND t.status = 'running'"
        )
        return int(await connection.fetchval(sql, tenant))
    finally:
        await connection.close()
