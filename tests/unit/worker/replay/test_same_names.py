"""Two agents of one name that ask with one input get their own answers, also after a crash."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from agents import Agent, Runner
from agents.testing import ModelStep, ScriptedModel, assistant_message
from pydantic import BaseModel
from turnstream.testing import MemoryStore
from turnstream_worker.replay.journal import ASKED
from turnstream_worker.thread.writes import Writes

from tests.support.turns import ANN
from tests.unit.worker.attempts import an_attempt, let_run
from tests.unit.worker.journaling import begin_attempt

pytestmark = pytest.mark.usefixtures("journaled")

TITLE = "Give the thread a title of three words."
ANSWER = "You help people who travel. Answer what they ask."


class Evaluation(BaseModel):
    """What a judge gives."""

    good: bool


def agent(instructions: str | None, answer: str | None = None, **more: Any) -> Agent[Any]:
    """An agent named `a`; one without an answer fails the test when its model is called."""
    steps = [] if answer is None else [ModelStep(output=[assistant_message(answer)])]
    return Agent(name="a", instructions=instructions, model=ScriptedModel(steps), **more)


async def ask(*agents: Agent[Any]) -> list[str]:
    """Ask agents the same, one after the other."""
    return [str((await Runner.run(each, "hello")).final_output) for each in agents]


async def test_the_record_of_the_other_agent_is_not_taken() -> None:
    """The title was recorded, the answer was cut off, and the order is another one."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent(TITLE, "Three Nice Words"))

    await begin_attempt(store, 2)
    said = await ask(agent(ANSWER, "You should go by train."), agent(TITLE))

    assert said == ["You should go by train.", "Three Nice Words"]


async def test_short_instructions_that_differ_in_a_word_are_two_agents() -> None:
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent("You are Ann.", "of Ann"))

    await begin_attempt(store, 2)
    assert await ask(agent("You are Bob.", "of Bob"), agent("You are Ann.")) == [
        "of Bob",
        "of Ann",
    ]


async def test_both_records_are_found_in_any_order() -> None:
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent(TITLE, "title"), agent(ANSWER, "answer"))

    await begin_attempt(store, 2)
    assert await ask(agent(ANSWER), agent(TITLE)) == ["answer", "title"]


async def test_judges_who_differ_in_a_number_keep_their_answers() -> None:
    store = MemoryStore()
    judge = "You are judge {} of 3. Say what you think of it."
    await begin_attempt(store, 1)
    await ask(*(agent(judge.format(number), f"says {number}") for number in (1, 2, 3)))

    await begin_attempt(store, 2)
    said = await ask(*(agent(judge.format(number)) for number in (3, 1, 2)))
    assert said == ["says 3", "says 1", "says 2"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("It is 2026-11-28T10:00:01Z. ", "It is 2026-11-29T00:00:01Z. "),
        ("Today is Saturday. ", "Today is Sunday. "),
        ("The cat's energy is 8, it is happy. ", "The cat's energy is 6, it is hungry. "),
    ],
)
async def test_instructions_that_changed_a_little_find_their_record(
    before: str, after: str
) -> None:
    """They hold a date, or the state of the app."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent(before + ANSWER, "answer"), agent(TITLE, "title"))

    await begin_attempt(store, 2)
    assert await ask(agent(after + ANSWER)) == ["answer"]


async def test_of_two_records_that_are_alike_neither_is_taken() -> None:
    """It can't be known whose they were: the model is asked."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent("A. " + ANSWER, "of A"), agent("B. " + ANSWER, "of B"))

    await begin_attempt(store, 2)
    assert await ask(agent("C. " + ANSWER, "of C")) == ["of C"]


async def test_an_answer_of_another_type_is_not_taken() -> None:
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent(ANSWER, "plain text"))

    await begin_attempt(store, 2)
    said = await ask(agent(ANSWER, '{"good": true}', output_type=Evaluation))
    assert said == ["good=True"]


async def test_two_hosted_prompts_are_told_apart() -> None:
    """Their agents have no instructions; a prompt's variables may hold a date."""
    title, said = {"id": "pmpt_title"}, {"id": "pmpt_answer", "variables": {"day": "Saturday"}}
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent(None, "title", prompt=title), agent(None, "answer", prompt=said))

    await begin_attempt(store, 2)
    later = {**said, "variables": {"day": "Sunday"}}
    assert await ask(agent(None, prompt=later), agent(None, prompt=title)) == ["answer", "title"]


async def test_a_call_that_failed_leaves_the_records_of_its_equals() -> None:
    """Of two equal calls the first failed: the next attempt finds the answer of the second."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    model = ScriptedModel(
        [
            ModelStep.raise_error(ConnectionError("cut")),
            ModelStep(output=[assistant_message("at last")]),
        ]
    )
    with pytest.raises(ConnectionError):
        await ask(Agent(name="a", model=model))
    await ask(Agent(name="a", model=model))

    await begin_attempt(store, 2)
    assert await ask(agent(None)) == ["at last"]


async def rewritten(store: MemoryStore, change: Any) -> MemoryStore:
    """A store whose turn has the same records, each changed."""
    journal: Mapping[str, str] = await store.attempts.journal(ANN, "turn_1")
    copy = MemoryStore()
    await let_run(copy)
    writes = Writes(copy, an_attempt())
    for key, text in journal.items():
        writes.record(key, change(text))
    await writes.committed()
    return copy


def without_shape(text: str) -> str:
    record = orjson.loads(text)
    del record[ASKED]
    return orjson.dumps(record).decode()


async def test_records_of_an_earlier_version_are_found_in_their_order() -> None:
    store = MemoryStore()
    attempt = await begin_attempt(store, 1)
    await ask(agent(ANSWER, "one"), agent(ANSWER, "two"))
    assert attempt.number == 1
    earlier = await rewritten(store, without_shape)

    await begin_attempt(earlier, 2)
    assert await ask(agent(ANSWER), agent(ANSWER), agent(ANSWER, "three")) == [
        "one",
        "two",
        "three",
    ]


@pytest.mark.parametrize("damage", ["{", "[]", '"text"', "{}", '{"asked": {"content": 1}}'])
async def test_a_record_that_cannot_be_read_counts_as_none(
    damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model is asked again, and the log says why."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    await ask(agent(ANSWER, "one"))
    damaged = await rewritten(store, lambda _: damage)

    await begin_attempt(damaged, 2)
    assert await ask(agent(ANSWER, "again")) == ["again"]
    assert "counts as none" in capsys.readouterr().err
