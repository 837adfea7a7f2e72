"""The app on the road that it has in production, with a model that says what a test has written.

Nothing is started and nobody is asked: the store and the event log are in this process.
"""

from collections.abc import AsyncIterator

import pytest
from turnstream_worker.testing import LocalApp, ScriptedModel, calls, local_app, says

APP = "my_app:create"


@pytest.fixture
def model() -> ScriptedModel:
    """Answers in place of the model. A test says what, and reads what it was asked."""
    return ScriptedModel()


@pytest.fixture
async def app(model: ScriptedModel) -> AsyncIterator[LocalApp]:
    """The app, as a page meets it."""
    async with local_app(APP, model) as running:
        yield running


async def test_an_order_is_looked_up_and_shown(app: LocalApp, model: ScriptedModel) -> None:
    """The user sees what the tool does, then a card; the model reads what it found."""
    model.add(calls("look_up_order", number="A-1042"), says("It comes on Friday."))

    turn = await app.say("Where is my order A-1042?")

    assert turn.progress == ["Looking for order A-1042"]
    [widget] = turn.of_type("widget")
    assert widget["copy_text"] == "Order A-1042 (two cups) is on its way."
    assert "on its way" in str(model.asked[-1].input[-1])
    assert turn.text == "It comes on Friday."


async def test_an_order_that_is_not_there_is_no_card(app: LocalApp, model: ScriptedModel) -> None:
    """The model is told, and can ask for another number."""
    model.add(calls("look_up_order", number="B-1"), says("There is none."))

    turn = await app.say("Where is my order B-1?")

    assert not turn.of_type("widget")
    assert "There is no order B-1." in str(model.asked[-1].input[-1])


async def test_the_conversation_goes_on(app: LocalApp, model: ScriptedModel) -> None:
    """The model reads what was said before."""
    model.add(says("Hello!"), says("You said hello."))

    first = await app.say("Hello")
    await app.say("What did I say?", first.thread_id)

    assert len(model.asked[-1].input) == 3


async def test_a_deploy_repeats_nothing(app: LocalApp, model: ScriptedModel) -> None:
    """A worker that is taken away after the tool leaves an answer that another one ends."""
    answer = says("It is being packed.")  # twice, because one that is cut off is asked for again
    model.add(calls("look_up_order", number="A-1043"), answer, answer)

    turn = await app.say("Where is A-1043?", deployed_after="Looking for order")

    assert turn.text == "It is being packed."
    assert len(turn.of_type("widget")) == 1
