"""How many turns may be under way, of a user, a session, a tenant and in a thread, and what is
answered beyond that. A worker with one slot, and tenants with limits of their own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from tests.conftest import PROXY_SECRET, NewStack
from tests.support.identity.credentials import SessionUsers, server_key
from tests.support.identity.limited_users import PAGE, User, set_tenant, told
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def busy(new_stack: NewStack) -> Iterator[Stack]:
    """The deployment."""
    env = {
        "ASSISTANT": "tests.support.scripted_server:create",
        "PYTHONPATH": str(ROOT),
        "SLOTS": "1",
        "AUTH": "sessions,proxy,dev",
        "PROXY_SECRET": PROXY_SECRET,
        "CORS_ORIGINS": PAGE,
        "MAX_TURNS_PER_SESSION": "1",
        "MAX_QUEUE_AGE": "0s",
    }
    specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
    with new_stack("under-way", env, specs=specs) as stack:
        yield stack


@pytest.fixture
async def somebody(busy: Stack) -> AsyncIterator[Any]:
    """Makes users."""
    any_number = httpx2.Limits(max_connections=None)  # of streams that stay open
    async with (
        httpx2.AsyncClient(timeout=60, limits=any_number) as http,
        AsyncExitStack() as opened,
    ):
        yield lambda: User(busy, http, opened)


OWN: list[tuple[dict[str, Any], str]] = [
    ({"max_turns_per_user": 1}, "too_many_turns"),
    ({"max_turns_per_tenant": 1}, "too_many_turns_of_tenant"),
]


@pytest.mark.parametrize(("own", "code"), OWN, ids=[code for _, code in OWN])
async def test_so_many_turns_are_under_way(
    busy: Stack, somebody: Any, own: dict[str, Any], code: str
) -> None:
    """Of a user, and of a tenant. The next one comes in when one has ended."""
    await set_tenant(busy, code, **own)
    ann = somebody().of(code)
    first = await ann.open("slow: 30")

    async def refused() -> httpx2.Response | None:
        asking = ann if code == "too_many_turns" else somebody().of(code)
        answer: httpx2.Response = await asking.open("hello")
        return answer if answer.status_code == 429 else None

    answer = await wait_until_async(refused, 15, "nothing is refused")  # a tenant's: a sweep later
    assert answer is not None
    assert told(answer) == (429, code, None)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["retryable"]
    assert (await ann.ask("threads.list")).status_code == 200

    assert (await ann.stop(first.headers["Turn-Id"])).status_code == 200

    async def taken() -> bool:
        asking = ann if code == "too_many_turns" else somebody().of(code)
        return bool((await asking.say()).status_code == 200)

    await wait_until_async(taken, 40, "turns are refused for ever")


async def test_so_many_turns_wait_in_a_thread(busy: Stack, somebody: Any) -> None:
    """Behind the one that runs."""
    await set_tenant(busy, "patient", max_queued_per_thread=1)
    ann = somebody().of("patient")
    first = await ann.open("slow: 30")
    [thread] = (await ann.ask("threads.list")).json()["data"]
    await ann.open("hello", thread_id=thread["id"])
    refused = await ann.open("hello", thread_id=thread["id"])
    assert told(refused) == (429, "too_many_turns", None)
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await ann.stop(first.headers["Turn-Id"])).status_code == 200


async def test_so_many_turns_are_under_way_in_a_session(busy: Stack, somebody: Any) -> None:
    """The user's other pages go on."""
    ann = somebody()
    named = ann.headers["X-User-Id"]
    key = server_key(busy.service("store-1").url, busy.internal_key, "sessions:write")
    in_session = somebody()
    in_session.headers = {**await SessionUsers(busy.gateway_urls[0], key).headers(named)}
    first = await in_session.open("slow: 30")
    refused = await in_session.open("hello")
    assert told(refused) == (429, "too_many_turns_of_session", None)
    assert int(refused.headers["Retry-After"]) >= 1
    elsewhere = await ann.open("hello")
    assert elsewhere.status_code == 200
    assert (await in_session.stop(first.headers["Turn-Id"])).status_code == 200
    await elsewhere.aread()
    assert (await in_session.say()).status_code == 200
