"""Stop, while a turn waits, runs, is in a tool, has lost its worker, and twice."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, now, step
from tests.chaos.soundness import assert_ended
from tests.support.chat_client import ChatClient, TurnStream, message
from tests.support.model_server import Calls
from tests.support.waiting import wait_until_async

MOST_STEPS = 12
"""Events after its first text that a long answer surely has: text is sent in windows that grow, so
it has no more than some fifteen."""
QUIET = 30.0
"""Seconds within which the model call of a stopped turn must be closed, on a busy machine."""


async def stop(case: Case) -> Outcome:
    """Which moment this run stops at goes by its number."""
    names = list(MOMENTS)
    name = names[case.number % len(names)]
    async with case.world.tab() as client:
        case.clients.append(client)
        took = await MOMENTS[name](case, client)
    return Outcome((took,), name)


async def _running(case: Case, client: ChatClient) -> float:
    """Text stops, and what was written stays."""
    said = case.message(answers.LENGTHY)
    async with client.stream(*message(said)) as turn:
        await turn.until_type("assistant_message.content_part.text_delta")
        await step(turn, case.rng.randint(1, MOST_STEPS))
        took = await _stop(client, turn)
    await _judge(case, client, said)
    shown = client.view.transcript.text()
    assert shown, "the text that the user saw is gone"
    assert "".join(answers.LONG).startswith(shown), shown
    return took


async def _twice(case: Case, client: ChatClient) -> float:
    """The second Stop, and one after the end, change nothing; other viewers see the end too."""
    said = case.message(answers.LENGTHY)
    async with client.stream(*message(said)) as turn, case.world.tab(client.user, gateway=1) as tab:
        await step(turn, case.rng.randint(2, MOST_STEPS))
        case.clients.append(tab)
        watching = asyncio.create_task(tab.see_through(turn.turn_id))
        await asyncio.gather(client.cancel(turn.turn_id), client.cancel(turn.turn_id))
        took = await _stop(client, turn)
        await watching
        await client.cancel(turn.turn_id)
        await assert_ended(case.world, tab, "cancelled")
    await _judge(case, client, said)
    return took


async def _in_tool(case: Case, client: ChatClient) -> float:
    """Tools are told to stop; no further model call is made."""
    said = case.message(answers.SLOW_TOOLS)
    async with client.stream(*message(said)) as turn:
        await turn.until(lambda event: event.get("text") == "Booking")
        took = await _stop(client, turn)
    await _judge(case, client, said)
    asked = case.world.model.calls.matching(
        lambda request: said in request.last_user_text and bool(request.tool_outputs)
    )
    assert not asked, "the model was asked again after the Stop"
    return took


async def _queued(case: Case, client: ChatClient) -> float:
    """A turn that waits behind another one ends without having run."""
    first = case.message(answers.LENGTHY)
    said = case.message(answers.QUICK)
    async with client.stream(*message(first)) as turn:
        await step(turn, 4)
        async with case.world.tab(client.user, gateway=1) as tab:
            case.clients.append(tab)
            await tab.load_thread(client.thread_id)
            tab.view.transcript.items.clear()  # the running answer is another tab's to show
            tab.view.transcript.status.clear()
            async with tab.stream(*message(said, client.thread_id)) as waiting:
                took = await _stop(tab, waiting)
            assert waiting.ends == ["cancelled"], waiting.ends
        assert not _calls(case, said), "a stopped turn was run"
        await turn.to_end()
        assert turn.ends == ["completed"], turn.ends
    return took


async def _owner_dead(case: Case, client: ChatClient) -> float:
    """The worker died: the sweeper ends the turn, with what the user saw."""
    said = case.message(answers.LENGTHY)
    async with client.stream(*message(said)) as turn:
        await turn.until_type("assistant_message.content_part.text_delta")
        await step(turn, case.rng.randint(1, MOST_STEPS))
        worker = await case.world.holder(turn.turn_id or "")
        assert worker is not None
        await asyncio.to_thread(worker.kill)
        took = await _stop(client, turn)
    await assert_ended(case.world, client, "cancelled")
    shown = client.view.transcript.text()
    assert shown, "the text that the user saw is gone"
    assert "".join(answers.LONG).startswith(shown), shown
    return took


async def _stop(client: ChatClient, turn: TurnStream) -> float:
    began = now()
    await client.cancel(turn.turn_id)
    await turn.to_end()
    return now() - began


async def _judge(case: Case, client: ChatClient, said: str) -> None:
    await assert_ended(case.world, client, "cancelled")
    await wait_until_async(lambda: not _calls(case, said).running(), QUIET, "the model call closed")


def _calls(case: Case, said: str) -> Calls:
    return case.world.model.calls.matching(lambda request: said in request.last_user_text)


MOMENTS: dict[str, Callable[[Case, ChatClient], Awaitable[float]]] = {
    "running": _running,
    "in a tool": _in_tool,
    "queued": _queued,
    "owner dead": _owner_dead,
    "twice": _twice,
}

SCENARIOS = [
    Scenario(
        "stop",
        "Stop while queued, running, in a tool, with a dead worker, and twice",
        stop,
        runs=20,
        short=(0, 1, 3, 4),
    )
]
