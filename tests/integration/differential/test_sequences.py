"""Whatever is asked in whatever order: the same streams, and the same thread in the end."""

import asyncio
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turnstream.conformance.requests import client_tool_output, retry_after, structured_input
from turnstream.contracts.turns import Json
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, ChatRequest, custom_action

from .pair import THREAD, Pair

SAID = [
    "hello",
    "many: 5",
    "hidden",
    "change of mind",
    "again",
    "widget",
    "streaming widget",
    "question",
    "client tool",
    "title: named",
    "remember: key=value",
    "crash",
    "fail with words",
    "agent with a tool",
    "agent thinks",
    "recall: 3 desc",
    "recall: 4 asc",
]
EXAMPLES = 12
"""Enough to meet most pairs of neighbours, few enough for a minute of patience with the suite."""

Step = tuple[str, Any]

STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(SAID)),
        st.tuples(st.just("say"), st.sampled_from(SAID)),
        st.tuples(st.just("answer"), st.sampled_from(["red", "blue"])),
        st.tuples(st.just("output"), st.integers(0, 3)),
        st.tuples(st.just("retry"), st.integers(0, 9)),
        st.tuples(st.just("act"), st.sampled_from(["say", "replace", "label", "dance"])),
        st.tuples(st.just("rename"), st.sampled_from(["by the user", "again"])),
    ),
    min_size=3,
    max_size=9,
)


@given(STEPS)
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_any_sequence_of_requests_is_the_same(scripted_stack: Stack, steps: list[Step]) -> None:
    """Requests that make sense where they stand give equal answers and leave equal threads."""
    asyncio.run(play(scripted_stack.gateway_urls[0], steps))


async def play(gateway: str, steps: list[Step]) -> None:
    async with ChatClient(gateway, user=f"user-{uuid4().hex}") as client:
        pair = Pair(client)
        await pair.say("hello")
        for kind, value in steps:
            request = request_for(pair, kind, value, await pair.ours.all_items("asc", limit=50))
            if request is not None:
                await pair.same(request)
        await pair.same_thread()


def request_for(pair: Pair, kind: str, value: Any, items: list[Json]) -> ChatRequest | None:
    """The request of a step; None when the thread has nothing to apply it to."""
    last = items[-1]
    match kind:
        case "say":
            return pair.message(value)
        case "output" if last["type"] == "client_tool_call" and last["status"] == "pending":
            return client_tool_output(THREAD, value)
        case "answer":
            pending = [item["id"] for item in items if item.get("inputs") and is_pending(item)]
            answers = {"one": {"values": [value]}}
            return structured_input(THREAD, pending[0], answers, "answered") if pending else None
        case "retry":
            said = [item["id"] for item in items if item["type"] == "user_message"]
            return retry_after(THREAD, said[value % len(said)])
        case "act":
            widgets = [item["id"] for item in items if item["type"] == "widget"]
            return custom_action(THREAD, value, "new", widgets[-1]) if widgets else None
        case "rename":
            return ChatRequest("threads.update", {"thread_id": THREAD, "title": value})
        case _:
            return None


def is_pending(item: Json) -> bool:
    """Whether a question waits for its answer."""
    return bool(item["status"] == "pending")
