"""The app on the road that it has in production, with a model that says what a test has written.

Nothing is started and nobody is asked: the store and the event log are in this process.
"""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
from chatkit.store import Store
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from turnstream.contracts.turns import RequestContext
from turnstream_worker.testing import LocalApp, ScriptedModel, local_app

from my_app.assistant import GraphServer
from my_app.graph import build


def numbered() -> Iterator[AIMessage]:
    """An answer for each time that the model is asked."""
    return (AIMessage(content=f"Answer {number}") for number in count(1))


@pytest.fixture
async def app() -> AsyncIterator[LocalApp]:
    """The app, as a page meets it."""

    def create(store: Store[RequestContext]) -> GraphServer:
        return GraphServer(store, build(GenericFakeChatModel(messages=numbered())))

    # LangGraph asks a model of its own, so that of the Agents SDK has nothing to say.
    async with local_app(create, ScriptedModel()) as running:
        yield running


async def test_an_order_is_looked_up_and_shown(app: LocalApp) -> None:
    """The user sees what the graph does, then a card, then the answer."""
    turn = await app.say("Where is my order A-1042?")

    assert turn.progress == ["Looking for order A-1042"]
    [widget] = turn.of_type("widget")
    assert widget["copy_text"] == "Order A-1042 (two cups) is on its way."
    assert turn.text == "Answer 1"


async def test_an_order_that_is_not_there_is_no_card(app: LocalApp) -> None:
    """The model is told, and can ask for another number."""
    turn = await app.say("Where is my order B-1?")

    assert not turn.of_type("widget")
    assert turn.text == "Answer 1"


async def test_the_conversation_goes_on(app: LocalApp) -> None:
    """A second message is answered in the same thread."""
    first = await app.say("Hello")
    second = await app.say("And again", first.thread_id)

    assert second.text == "Answer 2"


async def test_a_deploy_repeats_nothing(app: LocalApp) -> None:
    """A worker that is taken away in the middle leaves an answer that another one ends."""
    turn = await app.say("Where is A-1043?", deployed_after="Looking for order")

    assert turn.text in ("Answer 1", "Answer 2")  # one that is cut off is asked for again
    assert len(turn.of_type("widget")) == 1
