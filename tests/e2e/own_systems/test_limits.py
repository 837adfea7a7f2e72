"""The limits of Turnstream, read from top to bottom: what is allowed, what is answered, when to
come back.

A deployment with two gateways and a worker that has one slot. A user may begin three turns in half
a minute, make one short call in two seconds, and have two streams open at a gateway; a thread holds
two items. Turns under way are told in `test_turns_under_way.py`, limits that a turn meets in its
middle in `test_limits_in_a_turn.py`. Bounds that are the store's alone are told where it is tested:
threads of a user in `store_client/turns/test_acceptance.py`, files in `test_attachments.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from tests.conftest import PROXY_SECRET, NewStack
from tests.support.identity.limited_users import PAGE, User, set_tenant, told
from tests.support.turns import message
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def limited(new_stack: NewStack) -> Iterator[Stack]:
    """The deployment."""
    env = {
        "ASSISTANT": "tests.support.scripted_server:create",
        "PYTHONPATH": str(ROOT),
        "SLOTS": "1",
        "AUTH": "proxy,dev",
        "PROXY_SECRET": PROXY_SECRET,
        "CORS_ORIGINS": PAGE,
        "RATE_TURNS": "3/30s",
        "RATE_CALLS": "1/2s",
        "RATE_READS": "1000/1m",
        "RATE_FAILED_LOGINS": "3/1m",
        "MAX_STREAMS_PER_USER": "2",
        "MAX_METADATA": "1000",
        "MAX_ITEMS_PER_THREAD": "2",
        "MAX_QUEUE_AGE": "2s",
    }
    specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
    with new_stack("limited", env, gateways=2, specs=specs) as stack:
        yield stack


@pytest.fixture
async def somebody(limited: Stack) -> AsyncIterator[Any]:
    """Makes users."""
    any_number = httpx2.Limits(max_connections=None)  # of streams that stay open
    async with (
        httpx2.AsyncClient(timeout=60, limits=any_number) as http,
        AsyncExitStack() as opened,
    ):
        yield lambda: User(limited, http, opened)


async def test_each_turn_tells_how_many_more_may_come(somebody: Any) -> None:
    """In a form that programs know, and that pages of other origins may read."""
    ann = somebody()
    first, second = await ann.say(), await ann.say()
    assert first.headers["RateLimit-Policy"] == '"turns";q=3;w=30'
    assert first.headers["RateLimit"] == '"turns";r=2;t=10'
    assert second.headers["RateLimit"].startswith('"turns";r=1;t=')
    exposed = first.headers["Access-Control-Expose-Headers"]
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= {*exposed.split(", ")}


async def test_one_turn_too_many_is_told_which_limit_it_was_and_when_to_come_back(
    somebody: Any,
) -> None:
    """Whichever gateways the turns went to: they count together."""
    ann = somebody()
    for gateway in (0, 1, 0):
        assert (await ann.say(gateway=gateway)).status_code == 200
    refused = await ann.say(gateway=1)
    assert told(refused) == (429, "rate_limited", "turns")
    assert 0 < int(refused.headers["Retry-After"]) <= 10
    assert refused.json()["retry_after"] == int(refused.headers["Retry-After"])
    assert refused.json()["retryable"]
    assert refused.headers["RateLimit"].startswith('"turns";r=0;t=')
    threads = (await ann.ask("threads.list")).json()["data"]
    assert len(threads) == 3, "a refused turn leaves nothing behind"


async def test_who_may_begin_no_turn_may_read_and_stop(somebody: Any) -> None:
    """What costs less has a rate of its own."""
    ann = somebody()
    turn = (await ann.say()).headers["Turn-Id"]
    while (await ann.say()).status_code == 200:
        pass
    listed = await ann.ask("threads.list")
    assert listed.status_code == 200
    assert listed.headers["RateLimit-Policy"] == '"reads";q=1000;w=60'
    assert (await ann.get(f"/turns/{turn}")).status_code == 200
    stopped = await ann.stop(turn)
    assert stopped.status_code == 200
    assert stopped.headers["RateLimit-Policy"] == '"stops";q=1000;w=60'


async def test_one_users_limit_is_nobody_elses(somebody: Any) -> None:
    """They are counted each by themselves."""
    ann, bob = somebody(), somebody()
    while (await ann.say()).status_code == 200:
        pass
    assert (await bob.say()).headers["RateLimit"].startswith('"turns";r=2;')


async def test_who_comes_back_when_told_comes_in(somebody: Any) -> None:
    """`Retry-After` is true to the second."""
    ann = somebody()
    assert (await ann.get("/entities")).status_code != 429
    refused = await ann.get("/entities")
    assert told(refused) == (429, "rate_limited", "calls")
    await asyncio.sleep(int(refused.headers["Retry-After"]))
    assert (await ann.get("/entities")).status_code != 429


async def test_the_hosted_api_tells_it_in_its_own_form(limited: Stack, somebody: Any) -> None:
    """With what the official clients look at."""
    ann = somebody()
    url = f"{limited.gateway_urls[0]}/v1/chatkit/conversation"
    async with httpx2.AsyncClient(timeout=60) as http:
        for _ in range(4):
            answer = await http.post(url, json=message(), headers=ann.headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (
        429,
        "rate_limit_error",
        "rate_limited",
    )
    assert error["message"].startswith("turns: at most 3 in 30 s. Come back in ")
    assert answer.headers["x-should-retry"] == "true"
    assert 0 < int(answer.headers["Retry-After"]) <= 10


async def test_guessing_is_limited_by_address_and_good_credentials_come_in(
    somebody: Any,
) -> None:
    """Many people share an address."""
    ann = somebody()
    nobody = {"X-User-Id": "x" * 300}
    refusals = [await ann.get("/facts", **nobody) for _ in range(5)]
    assert [each.status_code for each in refusals] == [401, 401, 401, 429, 429]
    assert told(refusals[-1]) == (429, "rate_limited", "failed_logins")
    assert 0 < int(refusals[-1].headers["Retry-After"]) <= 20
    assert (await ann.get("/facts")).status_code == 200


async def test_a_user_has_so_many_open_streams(somebody: Any) -> None:
    """At each gateway. One that ends makes room."""
    ann = somebody()
    one, two = await ann.open("slow: 30"), await ann.open("slow: 30")
    refused = await ann.get(f"/turns/{one.headers['Turn-Id']}/events")
    assert told(refused) == (429, "too_many_streams", "streams")
    assert refused.headers["Retry-After"] == "5"
    assert (await ann.ask("threads.list")).status_code == 200
    for turn in (one, two):
        assert (await ann.stop(turn.headers["Turn-Id"])).status_code == 200
        await turn.aread()
    again = await ann.get(f"/turns/{one.headers['Turn-Id']}/events")
    assert again.status_code == 200


WORDS = message()["params"]["input"]
BEYOND: list[tuple[str, dict[str, Any], int, str]] = [
    ("a body", {"thread_id": "t", "title": "x" * 300_000}, 413, "body_too_large"),
    ("a message", {"input": {**WORDS, "quoted_text": "x" * 32_000}}, 413, "message_too_long"),
    ("files", {"input": {**WORDS, "attachments": ["atc"] * 11}}, 422, "unprocessable"),
    ("entries", {"input": {**WORDS, "attachments": ["atc"] * 201}}, 400, "bad_request"),
    ("an id", {"input": {**WORDS, "attachments": ["x" * 201]}}, 400, "bad_request"),
]


@pytest.mark.parametrize(
    ("params", "status", "code"), [pytest.param(*rest, id=what) for what, *rest in BEYOND]
)
async def test_a_request_is_small(
    somebody: Any, params: dict[str, Any], status: int, code: str
) -> None:
    """A larger one is refused before anything is kept, and there is no use in sending it again."""
    ann = somebody()
    kind = "threads.create" if "input" in params else "threads.update"
    refused = await ann.ask(kind, **params)
    assert told(refused) == (status, code, None)
    assert not refused.json()["retryable"]
    assert (await ann.ask("threads.list")).json()["data"] == []


async def test_metadata_is_small(somebody: Any) -> None:
    """It is kept with each turn, and shown to the assistant."""
    ann = somebody()
    refused = await ann.say(metadata={"page": "x" * 1000})
    assert told(refused) == (413, "metadata_too_large", None)
    assert not refused.json()["retryable"]
    assert (await ann.say(metadata={"page": "x" * 900})).status_code == 200


async def test_a_thread_holds_so_many_items(somebody: Any) -> None:
    """A message to a full one is refused; it can be read, and a new one begun."""
    ann = somebody()
    assert (await ann.say()).status_code == 200
    [thread] = (await ann.ask("threads.list")).json()["data"]
    more = message(thread_id=thread["id"])
    refused = await ann.ask(more["type"], **more["params"])
    assert told(refused) == (409, "thread_full", None)
    assert not refused.json()["retryable"]
    items = (await ann.ask("items.list", thread_id=thread["id"])).json()["data"]
    assert {each["type"] for each in items} == {"user_message", "assistant_message"}
    assert (await ann.say()).status_code == 200


async def test_a_turn_that_has_begun_says_all_it_has_to_say(somebody: Any) -> None:
    """Its items count for the next message, and end no answer in its middle."""
    ann = somebody()
    answer = await ann.say("many: 5")
    assert ": end completed" in answer.text
    [thread] = (await ann.ask("threads.list")).json()["data"]
    items = (await ann.ask("items.list", thread_id=thread["id"])).json()["data"]
    assert len(items) == 1 + 5
    more = message(thread_id=thread["id"])
    assert told(await ann.ask(more["type"], **more["params"])) == (409, "thread_full", None)


async def test_a_title_is_short(somebody: Any) -> None:
    """It is shown in lists. A longer one changes nothing."""
    ann = somebody()
    await ann.say()
    [thread] = (await ann.ask("threads.list")).json()["data"]
    named = await ann.ask("threads.update", thread_id=thread["id"], title="x" * 200)
    assert named.json()["title"] == "x" * 200
    refused = await ann.ask("threads.update", thread_id=thread["id"], title="y" * 201)
    assert told(refused) == (422, "unprocessable", None)
    [thread] = (await ann.ask("threads.list")).json()["data"]
    assert thread["title"] == "x" * 200


async def test_who_has_used_up_a_budget_comes_back_when_it_is_renewed(
    limited: Stack, somebody: Any
) -> None:
    """A day, here, in a tenant whose users may use nothing. They read on; others are not bound."""
    await set_tenant(limited, "thrifty", user_daily_tokens=0)
    ann = somebody().of("thrifty")
    refused = await ann.say()
    assert told(refused) == (429, "budget_exhausted", "user_daily")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60
    assert refused.json()["retryable"]
    assert (await ann.ask("threads.list")).json()["data"] == []
    assert (await somebody().of("generous").say()).status_code == 200


async def test_a_turn_that_would_wait_too_long_is_refused_early(somebody: Any) -> None:
    """With a time that is true. Reads, running streams and Stops go on, and when the queue is short
    again, so do turns.
    """
    running, waiting, late = somebody(), somebody(), somebody()
    first = await running.open("slow: 60")
    queued = await waiting.open("slow: 1")
    assert (first.status_code, queued.status_code) == (200, 200)

    async def refused() -> httpx2.Response | None:
        answer: httpx2.Response = await somebody().open("hello")
        return answer if answer.status_code == 503 else None

    answer = await wait_until_async(refused, 30, "nothing is refused")
    assert answer is not None
    assert told(answer) == (503, "overloaded", None)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "RateLimit" not in answer.headers, "it costs nobody's rate"

    assert (await late.ask("threads.list")).json()["data"] == []
    assert (await running.get(f"/turns/{first.headers['Turn-Id']}")).json()["status"] == "running"
    assert (await running.stop(first.headers["Turn-Id"])).status_code == 200

    async def taken() -> bool:
        return bool((await somebody().say()).status_code == 200)

    await wait_until_async(taken, 30, "turns are refused for ever")
