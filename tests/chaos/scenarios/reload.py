"""Reloads at random points, with positions that are good, malformed, future, evicted or foreign."""

from collections.abc import Awaitable, Callable

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, see_end, step
from tests.chaos.soundness import assert_sound
from tests.support.chat_client import ChatClient, Problem, message

EVENTS = 30


async def reload(case: Case) -> Outcome:
    """Which position this run comes back with goes by its number."""
    names = list(COMING_BACK)
    name = names[case.number % len(names)]
    world, said = case.world, case.message(answers.FULL)
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            await step(turn, case.rng.randint(1, EVENTS))
        await COMING_BACK[name](case, client)
        await assert_sound(world, client, said)
        restarts = sum(stream.restarts for stream in client.streams)
        assert name == "evicted" or (restarts > 0) == (name in MARKED), f"{restarts} restarts"
    return Outcome(note=name)


async def _good(case: Case, client: ChatClient) -> None:
    """Come back a few times, to either gateway, before the end."""
    for _ in range(3):
        client.move_to(case.rng.choice(case.world.stack.gateway_urls))
        by_header = case.rng.random() < 0.5
        async with client.following(by_header=by_header) as turn:
            await step(turn, case.rng.randint(1, 5))
    await client.see_through()


async def _page_load(case: Case, client: ChatClient) -> None:
    """A page that knows nothing but the thread: stored items, then the turn from its start."""
    turn_id, thread_id = client.turn_id, client.thread_id
    await client.load_thread(thread_id)
    client.view.turn_id = None
    client.view.transcript.items.clear()
    client.view.transcript.status.clear()
    await client.see_through(turn_id)


async def _malformed(case: Case, client: ChatClient) -> None:
    """Refused, never a silent replay."""
    for position in ("x", "1", "1-", "-1", "1-2-3", "1-x", "9" * 40 + "-1", "$"):
        await _refused(client, 400, after=position)
    await client.see_through()


async def _future(case: Case, client: ChatClient) -> None:
    """A position that never was: a marked restart."""
    async with client.following(after="999-1") as turn:
        await see_end(client, turn)


async def _evicted(case: Case, client: ChatClient) -> None:
    """The log is gone: its writer makes it again, or the store tells the turn, marked."""
    await case.world.redis("DEL", f"ts:{{{client.turn_id}}}:log")
    await client.see_through()


async def _evicted_after_end(case: Case, client: ChatClient) -> None:
    """The log of an ended turn is gone: a marked restart from the store."""
    await client.see_through()
    await case.world.redis("DEL", f"ts:{{{client.turn_id}}}:log")
    await client.resume()


async def _foreign(case: Case, client: ChatClient) -> None:
    """Somebody else's turn looks like none."""
    async with case.world.tab("mallory") as other:
        await _refused(other, 404, turn_id=client.turn_id, from_start=True)
        await _refused(other, 404, turn_id=client.turn_id, after="1-1")
        for verb, path in (("POST", "cancel"), ("GET", "")):
            try:
                await other.call(verb, f"/turns/{client.turn_id}/{path}".rstrip("/"))
            except Problem as problem:
                assert problem.status == 404, problem
            else:
                raise AssertionError(f"{verb} {path} was allowed")
    await client.see_through()


async def _refused(
    client: ChatClient,
    status: int,
    turn_id: str | None = None,
    after: str | None = None,
    from_start: bool = False,
) -> None:
    try:
        async with client.following(turn_id, after=after, from_start=from_start):
            raise AssertionError(f"{after} was accepted")
    except Problem as problem:
        assert problem.status == status, f"{after}: {problem}"


COMING_BACK: dict[str, Callable[[Case, ChatClient], Awaitable[None]]] = {
    "good": _good,
    "page load": _page_load,
    "malformed": _malformed,
    "future": _future,
    "evicted": _evicted,
    "evicted after the end": _evicted_after_end,
    "foreign": _foreign,
}
MARKED = ("future", "evicted after the end")
"""These must be told to start over. While the turn runs its writer may be faster."""

SCENARIOS = [
    Scenario(
        "reload",
        "reloads at random points, with good, malformed, future, evicted and foreign positions",
        reload,
        runs=42,
        short=(0, 2, 3, 6),
    )
]
