"""What users of the storyteller do: turns with tools, stops, resumes, queues, lists, deletions."""

import asyncio
import uuid
from functools import partial

from turnstream.contracts.turns import Json

from tests.chaos import answers
from tests.chaos.scenario import Case
from tests.chaos.soundness import assert_ended, assert_sound
from tests.chaos.traffic import Visit, again, begin, complete, elsewhere, see_out
from tests.support.chat_client import ChatClient, Problem, message
from tests.support.waiting import wait_until_async

MOST_EVENTS = 25
"""A whole answer has some thirty: most connections are lost in its middle."""
NOT_FOUND = 404
CANCEL_TIMEOUT = 30.0


async def answer(kind: str, case: Case, client: ChatClient) -> None:
    """One turn, whose connection is lost at any of its events."""
    said = case.message(kind)
    events = case.rng.randint(1, MOST_EVENTS)
    await complete(case.world, client, message(said), said, events)
    await again(case.world, client, lambda: assert_sound(case.world, client, said))


async def stop(case: Case, client: ChatClient) -> None:
    """A Stop by way of the other gateway: what was seen stays, and the model's call ends."""
    world, said = case.world, case.message(answers.LENGTHY)
    turn_id = await begin(world, client, message(said), said, case.rng.randint(1, 12))
    elsewhere(world, client)
    await again(world, client, lambda: client.cancel(turn_id))
    await see_out(world, client, turn_id)
    await again(world, client, lambda: assert_ended(world, client, "cancelled"))
    calls = world.model.calls.matching(lambda request: said in request.last_user_text)
    await wait_until_async(lambda: not calls.running(), CANCEL_TIMEOUT, "the model call closed")


async def talk_on(case: Case, client: ChatClient) -> None:
    """Three messages of a thread, the last two at once: they are answered one after the other."""
    world, first = case.world, case.message(answers.WITH_TOOLS)
    await complete(world, client, message(first), first, case.rng.randint(1, MOST_EVENTS))
    thread = client.shown
    second, third = case.message(answers.QUICK), case.message(answers.QUICK)
    async with world.tab(client.user, gateway=1) as tab:
        turns = await asyncio.gather(
            begin(world, client, message(second, thread), second, 1),
            begin(world, tab, message(third, thread), third, 1),
        )
        await asyncio.gather(
            see_out(world, client, turns[0]),
            see_out(world, tab, turns[1]),
        )
    await again(world, client, lambda: client.load_thread(thread))
    brief = "".join(answers.BRIEF)
    assert client.text.count(brief) == 2, client.text
    rows = await world.query("SELECT status FROM turns WHERE thread_id = $1", thread)
    assert [row["status"] for row in rows] == ["completed"] * 3, rows


async def look_around(case: Case, client: ChatClient) -> None:
    """Lists, a thread and its items: both gateways say the same, to the byte."""
    world = case.world
    for _ in range(2):
        said = case.message(answers.QUICK)
        request = message(said)
        client.view.show(None)
        await complete(world, client, request, said)
    shown = client.shown

    async def everything() -> list[Json]:
        return [
            await client.list_threads(limit=1, order="desc"),
            await client.list_threads(limit=20, order="asc"),
            await client.get_thread(shown),
            await client.list_items(shown, limit=20, order="asc"),
        ]

    here = await again(world, client, everything)
    elsewhere(world, client)
    assert await again(world, client, everything) == here


async def put_away(case: Case, client: ChatClient) -> None:
    """A new title and a deletion, each by one gateway and seen by the other."""
    world, said = case.world, case.message(answers.QUICK)
    await complete(world, client, message(said), said)
    thread = client.shown
    title = {"thread_id": thread, "title": f"about {said}"}
    await again(world, client, lambda: client.request("threads.update", title))
    elsewhere(world, client)
    changed = await again(world, client, lambda: client.get_thread(thread))
    assert changed["title"] == title["title"]
    await again(world, client, lambda: _delete(client, thread))
    elsewhere(world, client)
    try:
        await again(world, client, lambda: client.get_thread(thread))
    except Problem as problem:
        assert problem.status == NOT_FOUND, problem
    else:
        raise AssertionError(f"{thread} was deleted and is there")


async def _delete(client: ChatClient, thread: str) -> None:
    try:
        await client.request("threads.delete", {"thread_id": thread})
    except Problem as problem:  # the answer to the first try was lost
        if problem.status != NOT_FOUND:
            raise


async def same_key(case: Case, client: ChatClient) -> None:
    """One request sent to both gateways under one key is one turn, which both show whole."""
    world, said = case.world, case.message(answers.FULL)
    key = uuid.UUID(int=case.rng.getrandbits(128)).hex
    async with world.tab(client.user, gateway=1) as tab:
        one, other = await asyncio.gather(
            complete(world, client, message(said), key, case.rng.randint(1, MOST_EVENTS)),
            complete(world, tab, message(said), key, case.rng.randint(1, MOST_EVENTS)),
        )
        assert one == other, "one key gave two turns"
        await again(world, tab, lambda: assert_sound(world, tab, said))
    await again(world, client, lambda: assert_sound(world, client, said))


VISITS: dict[str, Visit] = {
    "a turn with two tools and a card": partial(answer, answers.FULL),
    "a turn with two tools": partial(answer, answers.WITH_TOOLS),
    "a turn with slow tools": partial(answer, answers.SLOW_TOOLS),
    "a Stop": stop,
    "a conversation": talk_on,
    "lists": look_around,
    "a title and a deletion": put_away,
    "one key at both gateways": same_key,
}
