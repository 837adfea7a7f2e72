"""The executor's promises: once per key, always an answer, recorded before told."""

import asyncio
from datetime import timedelta

import pytest
from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import STEP, AttachTool, ToolFailure, ToolResult
from turnstream_tools import Tool

from tests.support.waiting import wait_until_async
from tests.unit.tools import odd_tools
from tests.unit.tools.bench import Bench, bench, call

HELLO = {"greeting": "Hello Ada"}


async def started(stand: Bench, key: str = "call_1") -> None:
    def runs() -> bool:
        found = stand.executor.running.get(key)
        return found is not None and found.task is not None

    await wait_until_async(runs)
    await asyncio.sleep(0.02)


async def test_a_call_shows_its_events_in_order_and_its_result_last() -> None:
    """The worker sees events as they happen, and the ledger has the result it was told."""
    stand = bench(odd_tools.greet)
    result = await stand.answer(call("greet", '{"name": "Ada", "tone": null}'))
    assert result.output == HELLO
    assert [event["type"] for event in stand.replies.events()] == [
        "progress_update",
        "thread.item.done",
        "progress_update",
        "client_effect",
    ]
    assert stand.replies.numbers() == [1, STEP, STEP + 1, 2 * STEP]
    assert [event["type"] for event in result.events] == ["thread.item.done", "client_effect"]
    assert stand.ledger.results["call_1"] == result


async def test_a_call_knows_its_user_and_whose_user_that_is() -> None:
    """And so does the ledger, when the call begins and when it ends."""
    stand = bench(odd_tools.whose)
    result = await stand.answer(call("whose", tenant="acme"))
    assert result.output == ["ada", "acme", ["acme", "ada"]]
    assert stand.ledger.callers == [Owner("acme", "ada")] * 2


async def test_a_repeat_gets_the_record_under_the_numbers_of_the_live_events() -> None:
    """A second attempt sees the same events and result, and the tool does not run."""
    stand = bench(odd_tools.greet)
    command = call("greet", '{"name": "Ada"}')
    first = await stand.answer(command)
    again = await stand.answer(command.model_copy(update={"reply_to": "second"}))
    assert again == first
    assert stand.ledger.runs == {"call_1": 1}
    assert stand.replies.events("second") == first.events
    assert stand.replies.numbers("second") == [STEP, 2 * STEP]


async def test_a_repeat_while_it_runs_attaches_and_shows_what_was_missed() -> None:
    """A call that is asked for again while it runs goes on, for the new worker."""
    stand = bench(odd_tools.hangs)
    await stand.executor.accept(call("hangs"))
    await started(stand)
    await stand.executor.accept(call("hangs", reply_to="second"))
    await wait_until_async(lambda: stand.replies.events("second"))
    assert stand.replies.numbers("second") == stand.replies.numbers("first") == [STEP]
    stand.executor.cancel("call_1")
    await stand.idle()
    assert stand.replies.results("first") == []
    assert [r.failure for r in stand.replies.results("second")] == [ToolFailure.CANCELLED]


async def test_a_call_that_runs_elsewhere_is_asked_to_attach_there() -> None:
    """The service that has the call is asked to send to the new worker."""
    stand = bench(odd_tools.hangs)
    stand.ledger.runs["call_1"] = 1
    await stand.executor.accept(call("hangs", reply_to="second"))
    await stand.idle()
    assert stand.replies.attaches == [AttachTool(key="call_1", attempt=1, reply_to="second")]


async def test_an_older_attempt_cannot_take_the_output_back() -> None:
    """A late message of a dead attempt changes nothing."""
    stand = bench(odd_tools.hangs)
    stand.ledger.newest_attempt = 2
    await stand.executor.accept(call("hangs", attempt=2, reply_to="second"))
    await started(stand)
    await stand.executor.attach(AttachTool(key="call_1", attempt=1, reply_to="first"))
    await stand.executor.accept(call("hangs", attempt=1, reply_to="first"))
    stand.executor.cancel("call_1")
    await stand.idle()
    assert "first" not in stand.replies.heard


@pytest.mark.parametrize(
    ("tool", "failure", "detail"),
    [
        (odd_tools.raises, ToolFailure.RAISED, "LookupError: no such thing"),
        (odd_tools.exits, ToolFailure.RAISED, "SystemExit: 3"),
        (odd_tools.cancels_itself, ToolFailure.RAISED, "CancelledError"),
        (odd_tools.not_json, ToolFailure.NOT_JSON, "object"),
        (odd_tools.short, ToolFailure.TIMED_OUT, "may or may not"),
        (odd_tools.floods, ToolFailure.RAISED, "TooManyEvents"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_every_misbehaviour_has_a_recorded_answer(
    tool: Tool, failure: ToolFailure, detail: str
) -> None:
    """Whatever a tool does, the worker gets one result, and a repeat gets the same."""
    stand = bench(tool)
    result = await stand.answer(call(tool.name))
    assert result.failure is failure
    assert detail in result.detail
    assert stand.ledger.results["call_1"] == result


async def test_what_a_failed_call_showed_before_is_part_of_its_result() -> None:
    """The user has seen those items, so a replay must show them too."""
    stand = bench(odd_tools.raises)
    result = await stand.answer(call("raises"))
    assert [event["name"] for event in result.events] == ["before"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('{"name": ""}', "name: String should have at least 1 character"),
        ('{"name": "Ada", "tone": "loud"}', "tone"),
        ("{}", "name: Field required"),
        ("", "name: Field required"),
        ("{nonsense", "Invalid JSON"),
        ("[]", "object"),
    ],
)
async def test_arguments_that_do_not_fit_are_explained_to_the_model(
    arguments: str, told: str
) -> None:
    """The model can correct itself."""
    stand = bench(odd_tools.greet)
    result = await stand.answer(call("greet", arguments))
    assert result.failure is ToolFailure.INVALID_ARGUMENTS
    assert told in result.detail


async def test_an_unknown_tool_is_said_to_be_unknown() -> None:
    """A tool that was removed meanwhile does not hang a turn."""
    result = await bench().answer(call("nothing"))
    assert result.failure is ToolFailure.UNKNOWN_TOOL


async def test_a_call_nobody_waits_for_is_not_started() -> None:
    """A call out of time has no effect, and its answer says so."""
    stand = bench(odd_tools.hangs)
    result = await stand.answer(call("hangs", timeout=timedelta(seconds=-1)))
    assert result.failure is ToolFailure.TIMED_OUT
    assert "no effect" in result.detail
    assert result.events == []


async def test_the_workers_timeout_ends_a_call_before_the_tools_own_limit() -> None:
    """The shorter of both times counts."""
    stand = bench(odd_tools.hangs)
    result = await stand.answer(call("hangs", timeout=timedelta(milliseconds=100)))
    assert result.failure is ToolFailure.TIMED_OUT
    assert [event["name"] for event in result.events] == ["started"]


async def test_a_deaf_tool_is_answered_for_but_keeps_its_slot() -> None:
    """A tool that ignores its cancellation delays no answer, and still counts as load."""
    odd_tools.wakes_up = asyncio.Event()
    stand = bench(odd_tools.deaf, tool_slots=1)
    await stand.executor.accept(call("deaf"))
    await wait_until_async(stand.replies.results)
    assert stand.replies.results()[0].failure is ToolFailure.TIMED_OUT
    assert stand.executor.usable is False
    room = asyncio.create_task(stand.executor.wait_for_slot())
    await asyncio.sleep(0.05)
    assert not room.done()
    odd_tools.wakes_up.set()
    await asyncio.wait_for(room, 5)
    assert stand.executor.usable
    assert stand.replies.events() == []


async def test_a_cancellation_that_overtakes_its_call_still_counts() -> None:
    """Both come over different channels, so the order is not certain."""
    stand = bench(odd_tools.hangs)
    stand.executor.cancel("call_1")
    result = await stand.answer(call("hangs"))
    assert result.failure is ToolFailure.CANCELLED
    assert result.events == []


async def test_nothing_is_told_that_could_not_be_recorded() -> None:
    """A worker never knows more than the ledger."""
    stand = bench(odd_tools.hangs)
    await stand.executor.accept(call("hangs"))
    await started(stand)
    stand.ledger.away = True
    stand.executor.cancel("call_1")
    await stand.idle()
    assert stand.replies.results() == []


async def test_a_newer_run_stops_the_older_one_in_the_same_process() -> None:
    """Of two runs of a call only the newer may have effects."""
    stand = bench(odd_tools.hangs_safely)
    await stand.executor.accept(call("hangs_safely"))
    await started(stand)
    older = stand.executor.running["call_1"]
    stand.ledger.expired.add("call_1")
    await stand.executor.accept(call("hangs_safely", reply_to="second"))
    await wait_until_async(lambda: stand.executor.running.get("call_1") not in (older, None))
    await wait_until_async(lambda: older.task is not None and older.task.done())
    await started(stand)
    stand.executor.cancel("call_1")
    await stand.idle()
    assert stand.ledger.results["call_1"].failure is ToolFailure.CANCELLED
    assert stand.replies.results("first") == []


async def test_a_drain_lets_a_call_end() -> None:
    """A deploy does not break calls that end in time."""
    stand = bench(odd_tools.greet)
    await stand.executor.accept(call("greet", '{"name": "Ada"}'))
    await stand.executor.drain()
    assert stand.replies.results()[0].output == HELLO


async def test_a_drain_gives_up_what_may_run_again_and_is_honest_about_the_rest() -> None:
    """Another service runs the one; the outcome of the other is unknown, and recorded as such."""
    stand = bench(odd_tools.hangs, odd_tools.hangs_safely, drain=timedelta(milliseconds=50))
    await stand.executor.accept(call("hangs", key="once"))
    await stand.executor.accept(call("hangs_safely", key="again", reply_to="second"))
    await started(stand, "once")
    await started(stand, "again")
    await stand.executor.drain()
    assert stand.replies.results()[0].failure is ToolFailure.OUTCOME_UNKNOWN
    assert stand.replies.results("second") == []
    assert stand.ledger.expired == {"again"}


async def test_a_call_that_runs_again_elsewhere_closes_nothing_half_written() -> None:
    """The next run shows the whole widget under the same numbers; a half one would stay."""
    stand = bench(odd_tools.grows_for_ever, drain=timedelta(milliseconds=50))
    await stand.executor.accept(call("grows_for_ever"))
    await wait_until_async(lambda: len(stand.replies.events()) == 2)
    await stand.executor.drain()
    assert [event["type"] for event in stand.replies.events()] == [
        "thread.item.added",
        "thread.item.updated",
    ]


async def test_a_client_tool_is_part_of_the_result() -> None:
    """So a replay asks the client again."""
    stand = bench(odd_tools.asks_client)
    result = await stand.answer(call("asks_client"))
    assert result.client_tool is not None
    assert result.client_tool.name == "pick_colour"


async def test_a_large_output_is_cut_to_the_limit() -> None:
    """A tool cannot fill the context of a model."""
    stand = bench(odd_tools.large, tool_output_limit=500)
    result = await stand.answer(call("large"))
    assert result.failure is None
    assert len(ToolResult(output=result.output).model_dump_json()) < 800


async def test_no_more_calls_run_than_there_are_slots() -> None:
    """The next call is read when one has ended."""
    stand = bench(odd_tools.hangs, tool_slots=2)
    for key in ("a", "b"):
        await stand.executor.accept(call("hangs", key=key))
    third = asyncio.create_task(stand.executor.accept(call("hangs", key="c")))
    await started(stand, "b")
    assert not third.done()
    stand.executor.cancel("a")
    await asyncio.wait_for(third, 5)
    await started(stand, "c")
    assert set(stand.executor.running) == {"b", "c"}
    stand.executor.cancel("b")
    stand.executor.cancel("c")
    await stand.idle()
