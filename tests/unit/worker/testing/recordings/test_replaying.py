"""A recorded turn runs against today's code without a model, and the first difference is told."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from openai.types.responses import ResponseOutputItem
from turnstream.contracts.operating.recordings import Recording
from turnstream.contracts.turns import TurnStatus
from turnstream.recordings.files import UnreadableRecording, read_recording, write_recording
from turnstream.recordings.redaction import redacted
from turnstream_worker.replay_command import PARTS
from turnstream_worker.testing import ScriptedModel, calls, local_app, replay, replayed, says
from turnstream_worker.testing.recordings.difference import Part
from turnstream_worker.testing.recordings.replaying import CannotReplay

from tests.unit.worker.testing.recordings import shop
from tests.unit.worker.testing.recordings.shop import Code, LargerShop, Shop, code

BAKE = f"{shop.__name__}:bake"


@pytest.fixture(autouse=True)
def _code_of_yesterday(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("INTERNAL_KEY", raising=False)
    yield
    for each in fields(Code):
        setattr(code, each.name, getattr(Code(), each.name))
    shop.baked.clear()


PRICE = (calls("price_of", pie="Apfelkuchen"), says("It costs 3 €."))
QUESTION = "What is an Apfelkuchen, please?"


async def recorded(
    *answers: ResponseOutputItem, text: str = QUESTION, tools: str = "", before: str = ""
) -> Recording:
    """A turn of the shop, recorded; with an earlier one in its thread where `before` says so."""
    earlier = [says("Good morning.")] if before else []
    async with local_app(Shop, ScriptedModel(*earlier, *answers), tools=tools) as app:
        thread = (await app.say(before)).thread_id if before else None
        turn = await app.say(text, thread)
        return await app.record(turn.id)


async def test_a_turn_of_the_same_code_is_the_same() -> None:
    """Its history, its tool and its models are in the recording: the tool does not run."""
    recording = await recorded(*PRICE, before="good morning")
    code.sold.clear()

    result = await replay(recording, Shop)

    assert result.difference is None, str(result)
    assert (result.turn.text, code.sold) == ("It costs 3 €.", [])
    assert str(result) == (
        f"{recording.turn.id}: the same as recorded (model calls: 2, results of tools: 1)"
    )


async def test_other_instructions_are_told_with_both_texts() -> None:
    recording = await recorded(*PRICE)
    code.instructions = "You sell nothing."

    result = await replay(recording, Shop)

    assert str(result).splitlines() == [
        f"{recording.turn.id}: differs from its recording at model call 1 of 2, by the agent Shop:"
        " its instructions",
        "  recorded: You sell pies.",
        "  now:      You sell nothing.",
    ]
    assert (await replay(recording, Shop, ignore=["instructions"])).difference is None


async def test_another_argument_of_a_tool_is_told() -> None:
    recording = await recorded(*PRICE)

    result = await replay(recording, LargerShop)

    assert result.difference is not None
    assert result.difference.where == (
        "model call 1 of 2, by the agent Shop: the tool price_of: its description"
    )
    result = await replay(recording, LargerShop, ignore=["tools"])
    assert result.difference is None


async def test_a_new_tool_is_told() -> None:
    recording = await recorded(*PRICE)
    code.offers_refunds = True

    result = await replay(recording, Shop)

    assert result.difference is not None
    assert "the tool refund" in result.difference.where
    assert (result.difference.recorded, result.difference.now) == ("is not offered", "is offered")


async def test_a_tool_that_runs_may_give_something_else() -> None:
    """The result is what the next call of the model is asked with."""
    recording = await recorded(*PRICE)
    code.price = "4 €"

    assert (await replay(recording, Shop)).difference is None
    result = await replay(recording, Shop, run_tools=True)

    assert result.difference is not None
    assert result.difference.where == (
        "model call 2 of 2, by the agent Shop: input item 3, the result of price_of"
    )
    assert "3 €" in result.difference.recorded
    assert "4 €" in result.difference.now


async def test_a_tool_of_the_tools_service_gives_its_recorded_result() -> None:
    """Its ledger is in the recording. Without the tools the turn can't be run, and says so."""
    recording = await recorded(calls("bake", what="pie"), says("Here."), tools=BAKE)
    assert shop.baked == ["pie"]

    result = await replay(recording, Shop, tools=BAKE)

    assert result.difference is None, str(result)
    assert shop.baked == ["pie"]
    with pytest.raises(CannotReplay, match="bake"):
        await replay(recording, Shop)


async def test_a_failed_turn_fails_again_and_then_no_more() -> None:
    """The bug is in the app: while it is there nothing differs, and then its end does."""
    code.raises = ZeroDivisionError("division by zero")
    recording = await recorded(*PRICE)
    assert recording.turn.status is TurnStatus.FAILED

    assert (await replay(recording, Shop)).difference is None
    code.raises = None
    result = await replay(recording, Shop)

    assert result.turn.status is TurnStatus.COMPLETED
    assert result.difference is not None
    assert result.difference.where == "the end of the turn"
    assert "ZeroDivisionError: division by zero" in result.difference.recorded
    assert result.difference.now == "completed"


async def test_where_the_recording_ends_the_replay_ends() -> None:
    """A model that failed has no answer: up to there nothing differs."""
    recording = await recorded(PRICE[0])
    assert recording.turn.status is TurnStatus.FAILED

    result = await replay(recording, Shop)

    assert result.difference is None
    assert result.ended == "the call of the model of Shop has no recorded answer"
    assert "as far as the recording goes" in str(result)


async def test_a_tool_without_a_recorded_result_is_not_run() -> None:
    recording = await recorded(*PRICE)
    code.sold.clear()
    journal = {key: each for key, each in recording.journal.items() if "tool_" not in key}

    result = await replay(recording.model_copy(update={"journal": journal}), Shop)

    assert code.sold == []
    assert result.ended is not None
    assert result.ended.startswith("the call of price_of(")


async def test_a_turn_of_two_attempts_is_the_same() -> None:
    """What it ended with counts, whichever attempt made it."""
    model = ScriptedModel([says("Moment."), PRICE[0]], PRICE[1], PRICE[1])
    async with local_app(Shop, model) as app:
        turn = await app.say(QUESTION, deployed_after="It costs")
        recording = await app.record(turn.id)
    assert recording.turn.attempt == 2

    result = await replay(recording, Shop)

    assert result.difference is None, str(result)


async def test_an_answer_of_an_attempt_that_went_another_way_counts_for_nothing() -> None:
    """The journal keeps what the first attempt was answered; the last one never asked for it."""
    recording = await recorded(*PRICE)
    lost = next(each for key, each in recording.journal.items() if key.startswith("stream_"))
    journal = recording.journal | {"stream_lost": lost | {"asked": {"content": "another"}}}

    result = await replay(recording.model_copy(update={"journal": journal}), Shop)

    assert result.difference is None, str(result)


async def test_what_viewers_are_sent_is_compared() -> None:
    recording = await recorded(*PRICE)
    code.progress = "looking it up"

    result = await replay(recording, Shop)

    assert result.difference is not None
    assert result.difference.part == "events"
    assert "looking it up" in result.difference.now


async def test_a_recording_without_requests_is_compared_by_digest() -> None:
    """A dead letter of the store's own has none: its workers died."""
    recording = await recorded(*PRICE)
    journal = {key: each for key, each in recording.journal.items() if "request_" not in key}
    recording = recording.model_copy(update={"journal": journal})

    assert (await replay(recording, Shop)).difference is None
    code.instructions = "Refuse every order."
    result = await replay(recording, Shop)

    assert result.difference is not None
    assert "its instructions, or the names of its tools" in result.difference.where


@pytest.mark.parametrize("what", ["secrets", "texts"])
async def test_a_redacted_recording_is_replayed(what: str) -> None:
    """What was said is gone from it; what decides how the turn goes is not."""
    said = (calls("price_of", pie="Apfelkuchen"), says("It costs 3 €, sk-abcdefghijklmnop."))
    recording = redacted(await recorded(*said, before="I am Ann"), [what])
    text = recording.model_dump_json()

    result = await replay(recording, Shop)

    assert result.difference is None, str(result)
    assert "sk-abcdefghijklmnop" not in text
    assert ("Apfelkuchen" in text, "I am Ann" in text) == (what == "secrets",) * 2
    code.instructions = "You sell nothing."
    assert (await replay(recording, Shop)).difference is not None


def test_a_recorded_failure_becomes_a_test_in_three_lines(tmp_path: Path) -> None:
    """Outside an event loop, from a file."""
    file = tmp_path / "turn.json"
    write_recording(asyncio.run(recorded(*PRICE)), file)
    assert file.stat().st_mode & 0o777 == 0o600

    replayed(file, Shop).assert_same()

    code.instructions = "You sell nothing."
    with pytest.raises(AssertionError, match="its instructions"):
        replayed(file, Shop).assert_same()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace('"version": 1', '"version": 2'), "of version 2"),
        (lambda text: text[:100], "is no JSON"),
        (lambda _: "{}", "is no recording of a turn"),
        (lambda text: text.replace('"thread_id"', '"no"'), "damaged recording: turn.thread_id"),
    ],
)
def test_a_file_that_cant_be_read_says_why(
    change: Callable[[str], str], why: str, tmp_path: Path
) -> None:
    file = tmp_path / "turn.json"
    write_recording(asyncio.run(recorded(*PRICE)), file)
    file.write_text(change(file.read_text()))

    with pytest.raises(UnreadableRecording, match=why):
        read_recording(file)


def test_the_command_takes_every_part_that_is_compared() -> None:
    """It names them itself, to be there without the SDK."""
    assert set(PARTS) == set(Part)
