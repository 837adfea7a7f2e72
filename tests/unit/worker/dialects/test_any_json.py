"""Whatever JSON a server sends, a stream ends in an answer or in a fault that has a name."""

from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from turnstream_worker.dialects.chat_chunks import ChatChunks, whole_answer
from turnstream_worker.dialects.errors import AnswerFault, UnreadableAnswer
from turnstream_worker.dialects.frames import Documents, Frames
from turnstream_worker.dialects.response_events import ResponseEvents
from turnstream_worker.sdk.models.normalized_streams import event_object, made

Json = dict[str, Any]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.floats() | st.sampled_from(["", "a", "0"]),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(), inside, max_size=2),
    max_leaves=4,
)
"""A value of any type, where a certain one is expected."""


def document(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with some of these fields, each as it should be or of any type."""
    return st.fixed_dictionaries({}, optional={name: each | ODD for name, each in fields.items()})


FUNCTION = document(name=st.just("look_up"), arguments=st.sampled_from(["", "{}", '{"a"', ": 1}"]))
CALL = document(
    index=st.integers(0, 1),
    id=st.sampled_from(["call_1", "call_2"]),
    type=st.sampled_from(["function", "custom"]),
    function=FUNCTION,
    custom=FUNCTION,
)
PARTS = st.lists(
    document(
        type=st.sampled_from(["output_text", "text", "thinking", "refusal"]),
        text=st.just("part"),
        refusal=st.just("no"),
        annotations=st.lists(document(type=st.just("url_citation"), url=st.just("u"))),
        thinking=st.lists(document(type=st.just("text"), text=st.just("hm"))),
    ),
    max_size=2,
)
DELTA = document(
    role=st.just("assistant"),
    content=st.just("text") | PARTS,
    refusal=st.just("no"),
    reasoning_content=st.just("hm"),
    tool_calls=st.lists(CALL, max_size=2),
    function_call=FUNCTION,
)
CHOICE = document(
    index=st.integers(0, 1),
    delta=DELTA,
    message=DELTA,
    text=st.just("text"),
    finish_reason=st.sampled_from(["stop", "length", "tool_calls", "sensitive", "eos"]),
    error=document(code=st.just(502), message=st.just("no")),
)
USAGE = document(prompt_tokens=st.floats(), completion_tokens_details=document())
CHUNK = document(choices=st.lists(CHOICE, max_size=2), usage=USAGE, id=st.just("c"))
ITEM = document(
    type=st.sampled_from(["message", "reasoning", "function_call", "x_search_call"]),
    id=st.sampled_from(["msg_1", "msg_2"]),
    content=PARTS | st.just("text"),
    summary=PARTS,
    name=st.just("look_up"),
    call_id=st.just("call_1"),
    arguments=st.just("{}"),
)
KINDS = [
    "created",
    "output_item.added",
    "output_item.done",
    "content_part.added",
    "content_part.done",
    "output_text.delta",
    "output_text.done",
    "output_text.annotation.added",
    "refusal.delta",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "reasoning_summary_text.delta",
    "of_the_future",
    "completed",
    "incomplete",
    "failed",
]
EVENT = document(
    type=st.sampled_from([f"response.{kind}" for kind in KINDS]),
    item=ITEM,
    item_id=st.sampled_from(["msg_1", "msg_2"]),
    output_index=st.integers(0, 1),
    content_index=st.integers(0, 1),
    delta=st.just("text"),
    text=st.just("text"),
    part=PARTS.map(lambda parts: parts[0] if parts else {}),
    response=document(
        output=st.lists(ITEM, max_size=2),
        status=st.sampled_from(["completed", "incomplete", "failed"]),
        incomplete_details=document(reason=st.just("content_filter")),
        usage=USAGE,
    ),
)


@given(st.lists(CHUNK | ODD, max_size=6), st.booleans())
@settings(deadline=None, max_examples=80)
def test_chunks_of_any_json_are_chunks_or_a_fault(chunks: list[object], done: bool) -> None:
    """No type in any field is an error of ours, and every index and id of a call is plain."""
    mend = ChatChunks()
    for normalized in _until_a_fault(mend, chunks, done):
        chunk = made(ChatCompletionChunk, normalized)
        for choice in chunk.choices:
            assert choice.index == 0
            for call in choice.delta.tool_calls or []:
                assert isinstance(call.index, int)
                assert call.function is None or isinstance(call.function.arguments, str | None)


def _until_a_fault(mend: ChatChunks, chunks: list[object], done: bool) -> Iterator[Json]:
    try:
        for chunk in chunks:
            if (normalized := mend.normalized(chunk)) is not None:
                yield normalized
        if (last := mend.closing(done=done)) is not None:
            yield last
    except AnswerFault:
        pass


@given(CHUNK)
@settings(deadline=None, max_examples=60)
def test_a_completion_of_any_json_is_a_completion_or_a_fault(completion: Json) -> None:
    try:
        normalized, _ = whole_answer(completion)
    except AnswerFault:
        return
    assert all(isinstance(choice["message"], dict) for choice in normalized["choices"])


@given(st.lists(EVENT | ODD, max_size=8), st.booleans())
@settings(deadline=None, max_examples=60)
def test_events_of_any_json_are_events_or_a_fault(events: list[object], done: bool) -> None:
    """What begins ends, under the id it began with, and is in the response at the end."""
    mend = ResponseEvents()
    begun: dict[int, str] = {}
    ended: dict[int, str] = {}
    try:
        for each in [*map(mend.normalized, events), *([mend.closing()] if done else [])]:
            for event in map(event_object, each):
                if event.type == "response.output_item.added":
                    assert event.output_index not in begun
                    begun[event.output_index] = str(event.item.id)
                elif event.type == "response.output_item.done":
                    ended[event.output_index] = str(event.item.id)
    except AnswerFault:
        return
    assert not mend.ended or ended == begun


@given(st.binary(max_size=200), st.integers(1, 7))
def test_bytes_are_the_same_frames_however_they_are_cut(body: bytes, size: int) -> None:
    """A frame does not depend on the packets it came in."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert _frames(pieces) == _frames([body])


@given(ODD)
def test_any_json_is_read_as_it_was_written(value: object) -> None:
    try:
        written = orjson.dumps(value)
    except TypeError:
        return
    assert Documents().read(written) == orjson.loads(written)


@given(st.binary(max_size=20))
def test_what_is_no_json_has_a_name(data: bytes) -> None:
    try:
        Documents().read(data)
    except UnreadableAnswer as error:
        assert "JSON" in str(error)


def _frames(pieces: list[bytes]) -> list[tuple[str, bytes]]:
    frames = Frames()
    return [*(f for piece in pieces for f in frames.feed(piece)), *frames.finish()]
