"""A turn that completes has said something."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from agents import OpenAIChatCompletionsModel, OpenAIResponsesModel
from chatkit.types import (
    NoticeEvent,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadStreamEvent,
    WidgetItem,
    Workflow,
    WorkflowItem,
)
from chatkit.widgets import Card
from openai import AsyncOpenAI
from turnstream.contracts.turns import TurnStatus, TurnView
from turnstream_guide.keyless_model import DemoModel
from turnstream_worker.callers import current_attempt
from turnstream_worker.models.nonempty_answers import is_of_app
from turnstream_worker.sdk.models.complete_answers import complete_answers

from tests.dialects.deployment import deployment
from tests.support.model_server import ModelServer, Step, queue, reasoning, text, tool_call
from tests.unit.worker.running import ScriptedServer, Worker, ends, said

CALL = tool_call("look_up", {"city": "Oslo"})
MADE = datetime(2027, 1, 1)


async def asked(*answers: Step) -> tuple[TurnView, list[str], int]:
    """The turn of a model with these answers, the texts it left, and how often it was asked."""
    async with (
        ModelServer(queue(*answers)) as model,
        deployment(model, "chat_completions") as place,
    ):
        view = await place.say("hello", None)
        messages = [item for item in await place.stored() if item["type"] == "assistant_message"]
        return view, [item["content"][0]["text"] for item in messages], len(model.calls)


async def test_a_model_that_said_nothing_is_asked_once_more() -> None:
    view, texts, calls = await asked(text(""), text("Hello."))

    assert (view.status, texts, calls) == (TurnStatus.COMPLETED, ["Hello."], 2)


async def test_a_model_that_stays_silent_is_an_error_that_offers_another_try() -> None:
    view, texts, calls = await asked(text(""), text(" "), text("never asked"))

    assert (view.status, texts, calls) == (TurnStatus.FAILED, [], 2)
    assert view.error is not None
    assert (view.error.code, view.error.allow_retry) == ("empty_answer", True)
    assert view.error.message


async def test_thoughts_alone_are_no_answer() -> None:
    """The user has seen the thoughts, so the model is not asked again by itself."""
    view, _, calls = await asked(reasoning("Hm."), text("never asked"))

    assert (view.status, calls) == (TurnStatus.FAILED, 1)


async def test_a_model_that_is_silent_after_a_tool_leaves_no_silent_turn() -> None:
    """The tool showed nothing either."""
    view, _, calls = await asked(CALL, text(""), text("never asked"))

    assert view.error is not None
    assert (view.status, view.error.code, calls) == (TurnStatus.FAILED, "empty_answer", 2)


async def test_what_was_said_before_the_tool_is_an_answer() -> None:
    view, texts, _ = await asked(text("Let me look.") + CALL, text(""))

    assert (view.status, texts) == (TurnStatus.COMPLETED, ["Let me look."])


def _item(kind: type[Any], **fields: Any) -> ThreadItem:
    item: ThreadItem = kind(id="item_1", thread_id="", created_at=MADE, **fields)
    return item


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (ends(said("Hello.")), TurnStatus.COMPLETED),
        (
            ThreadItemDoneEvent(item=_item(WidgetItem, widget=Card(children=[]))),
            TurnStatus.COMPLETED,
        ),
        (NoticeEvent(level="info", message="Sent."), TurnStatus.COMPLETED),
        (ends(said("\n")), TurnStatus.FAILED),
        (
            ThreadItemDoneEvent(
                item=_item(WorkflowItem, workflow=Workflow(type="reasoning", tasks=[]))
            ),
            TurnStatus.FAILED,
        ),
    ],
    ids=["a text", "a widget", "a notice", "a blank text", "thoughts"],
)
async def test_a_silent_model_needs_something_that_its_tools_have_shown(
    shown: ThreadStreamEvent, status: TurnStatus
) -> None:
    async def script(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        attempt = current_attempt.get()
        assert attempt is not None
        attempt.answer_was_empty = True
        yield shown

    turn = await Worker(script).accept()

    assert (await turn.run()).status == status


def test_a_model_class_of_an_app_may_be_silent_after_a_tool() -> None:
    """What a server leaves unsaid is a fault; what an app's own class leaves unsaid is its will."""
    client: Any = AsyncOpenAI(api_key="k")
    made = OpenAIResponsesModel("m", client)

    class Own(OpenAIChatCompletionsModel):
        """Still a client of a server."""

    class Lean(DemoModel):
        """No client of the SDK's."""

    assert is_of_app(Lean())
    assert not any(map(is_of_app, (made, complete_answers(made))))
    assert not is_of_app(complete_answers(Own("m", client)))
