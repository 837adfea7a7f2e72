"""What a model says is text that every part can keep, and so is what it is asked."""

from collections.abc import AsyncIterator
from typing import Any

from agents import Model
from agents.items import ModelResponse, TResponseStreamEvent
from agents.usage import Usage
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
)
from turnstream_worker.sdk.models.storable_answers import StorableModel


def delta(text: str, number: int = 0) -> ResponseTextDeltaEvent:
    """A piece of the first text of an answer."""
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        item_id="msg_1",
        output_index=0,
        content_index=number,
        delta=text,
        logprobs=[],
        sequence_number=0,
    )


def output(text: str) -> list[Any]:
    """A message and a call, both with this text."""
    part = ResponseOutputText(type="output_text", text=text, annotations=[])
    message = ResponseOutputMessage(
        id="msg_1", type="message", role="assistant", status="completed", content=[part]
    )
    call = ResponseFunctionToolCall(
        type="function_call", call_id="call_1", name="note", arguments=r'{"text": "a\u0000b"}'
    )
    return [message, call]


def completed(text: str) -> ResponseCompletedEvent:
    """The end of an answer."""
    response = Response(
        id="resp_1",
        created_at=0,
        model="m",
        object="response",
        output=output(text),
        parallel_tool_calls=True,
        tool_choice="auto",
        tools=[],
    )
    return ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)


class Spoken(Model):
    """A model that says these events, and remembers what it was asked."""

    def __init__(self, *events: TResponseStreamEvent) -> None:
        self.events = events
        self.asked: Any = None

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        self.asked = args[1]
        return ModelResponse(output=output("\ud83d\ude00\0"), usage=Usage(), response_id="resp_1")

    async def stream_response(
        self, *args: Any, **options: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        self.asked = args[1]
        for event in self.events:
            yield event


async def said(model: Spoken, asked: Any = "hi") -> list[TResponseStreamEvent]:
    """Its events, as a run sees them."""
    return [event async for event in StorableModel(model).stream_response(None, asked)]


async def test_the_halves_of_a_character_in_two_deltas_are_one_character() -> None:
    """The deltas add up to the text of the end, which can be recorded."""
    first, second, end = await said(
        Spoken(delta("a\ud83d"), delta("\ude00b"), completed("a\ud83d\ude00b"))
    )
    assert isinstance(first, ResponseTextDeltaEvent)
    assert isinstance(second, ResponseTextDeltaEvent)
    assert (first.delta, second.delta) == ("a", "😀b")
    assert isinstance(end, ResponseCompletedEvent)
    assert end.response.output_text == "a😀b"
    assert "a😀b" in end.response.model_dump_json()


async def test_what_was_not_set_is_not_set_afterwards() -> None:
    """The next question is built from what was set; a second attempt must ask the same."""
    *_, end = await said(Spoken(completed("a\0")))
    assert isinstance(end, ResponseCompletedEvent)
    message, call = end.response.output
    assert message.model_fields_set == output("a")[0].model_fields_set
    assert isinstance(call, ResponseFunctionToolCall)
    assert call.arguments == r'{"text": "a\ufffdb"}'


async def test_a_whole_response_is_storable_too() -> None:
    """As `Runner.run` gets it."""
    response = await StorableModel(Spoken()).get_response(None, "hi")
    assert "😀\ufffd" in str(response.output[0])


async def test_a_question_that_no_request_can_carry_is_mended() -> None:
    """One with half a character, from a tool of the app; any other is passed on as it is."""
    fine, broken = [{"role": "user", "content": "é"}], [{"role": "user", "content": "\ud83d"}]
    model = Spoken()
    await said(model, fine)
    assert model.asked is fine
    await said(model, broken)
    assert model.asked == [{"role": "user", "content": "\ufffd"}]


async def test_a_message_of_attachments_only_has_no_empty_text() -> None:
    """Some hosts refuse an empty part, and then the thread for good. One that is alone stays."""
    empty, image = {"type": "input_text", "text": " "}, {"type": "input_image", "image_url": "x"}
    alone = {"role": "user", "content": [empty]}
    model = Spoken()
    await said(model, [{"role": "user", "content": [empty, image]}, alone])
    assert model.asked == [{"role": "user", "content": [image]}, alone]
