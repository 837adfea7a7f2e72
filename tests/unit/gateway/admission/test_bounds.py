"""What a request may hold: counted before anything of it is validated."""

import time
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter
from turnstream.errors import BadRequest, BodyTooLarge, MessageTooLong, MetadataTooLarge
from turnstream_gateway.admission.bounds import LONGEST_ID, LONGEST_LISTS, RequestBounds
from turnstream_gateway.admission.incoming import parse
from turnstream_gateway.openapi import CHATKIT_REQUEST

BOUNDS = RequestBounds(body=4000, audio=8000, message=100, attachments=10, metadata=200)
WIDE = RequestBounds(
    body=4_000_000, audio=4_000_000, message=4_000_000, attachments=10, metadata=4_000_000
)
COUNTED = {
    "UserMessageInput.content",
    "UserMessageInput.attachments",
    "ItemFeedbackParams.item_ids",
    "StructuredInputSubmission.answers",
    "StructuredInputAnswerSubmission.values",
}


def body(kind: str, /, **params: Any) -> bytes:
    """The body of a request."""
    return orjson.dumps({"type": kind, "params": params})


def message(*texts: str, **more: Any) -> bytes:
    """The body of a first message with a part for each text."""
    content = [{"type": "input_text", "text": text} for text in texts]
    given = {"content": content, "attachments": [], "inference_options": {}, **more}
    return body("threads.create", input=given)


@pytest.mark.parametrize(
    "wrong",
    [
        message(content=[1] * 1_000_000),
        message(content=[{}] * 500_000),
        message(attachments=[1] * 1_000_000),
        body("items.feedback", thread_id="t", kind="positive", item_ids=[1] * 1_000_000),
        body(
            "threads.add_structured_input",
            thread_id="t",
            item_id="i",
            input={"answers": {"q": {"values": [1] * 1_000_000}}},
        ),
        body(
            "threads.add_structured_input",
            thread_id="t",
            item_id="i",
            input={"answers": {str(number): 1 for number in range(200_000)}},
        ),
    ],
    ids=["parts", "untyped parts", "attachments", "item ids", "values", "answers"],
)
def test_a_million_wrong_elements_are_counted_and_not_validated(wrong: bytes) -> None:
    """Pydantic would make an object of each mistake, for seconds and a gigabyte."""
    began = time.process_time()
    with pytest.raises(BadRequest, match=f"{LONGEST_LISTS} entries"):
        parse(wrong, WIDE)
    assert time.process_time() - began < 1


@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
def test_every_list_that_is_validated_is_counted() -> None:
    """A new version of ChatKit may bring another: then it must be counted too."""
    definitions = CHATKIT_REQUEST.json_schema()["$defs"]
    found = {
        f"{name}.{field}"
        for name, definition in definitions.items()
        for field, schema in definition.get("properties", {}).items()
        if _has_a_form(schema)
    }
    assert found == COUNTED


def _has_a_form(schema: dict[str, Any]) -> bool:
    """True for a list or a mapping whose entries are validated one by one."""
    entries = schema.get("items") or schema.get("additionalProperties")
    return isinstance(entries, dict) and bool(entries)


def test_the_schema_test_sees_a_list() -> None:
    """Whatever it holds."""
    schema = TypeAdapter(dict[str, list[int]]).json_schema()
    assert _has_a_form(schema)
    assert not _has_a_form(TypeAdapter(dict[str, Any]).json_schema())


def test_a_body_may_be_long_for_dictation_only() -> None:
    """The refusal names both settings."""
    audio = {"mime_type": "audio/webm", "audio_base64": "a" * 5000}
    assert parse(body("input.transcribe", **audio), BOUNDS)
    action = {"type": "x", "payload": "input.transcribe" + "a" * 5000}
    with pytest.raises(BodyTooLarge, match=r"MAX_BODY.*MAX_AUDIO"):
        parse(body("threads.custom_action", thread_id="t", action=action), BOUNDS)


@pytest.mark.parametrize(
    "more",
    [
        {"quoted_text": "x" * 90},
        {"inference_options": {"model": "x" * 90}},
        {"content": [{"type": "input_text", "text": "长" * 50}] * 2},
        {
            "content": [
                {"type": "input_tag", "id": "1", "text": "a", "data": {"k": ["x" * 50, "y" * 50]}}
            ]
        },
    ],
    ids=["quote", "model", "two parts", "data of a tag"],
)
def test_a_message_is_bounded_in_characters_wherever_they_stand(more: dict[str, Any]) -> None:
    """Together, not each by itself."""
    assert parse(message("hello"), BOUNDS)
    with pytest.raises(MessageTooLong, match="100 characters"):
        parse(message("hello there", **more), BOUNDS)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("items.list", {"thread_id": "t", "after": "x" * (LONGEST_ID + 1)}),
        ("threads.list", {"after": "x" * 100_000}),
        ("threads.get_by_id", {"thread_id": "x" * (LONGEST_ID + 1)}),
        ("attachments.delete", {"attachment_id": "x" * (LONGEST_ID + 1)}),
        ("items.feedback", {"thread_id": "t", "kind": "positive", "item_ids": ["x" * 1000]}),
        ("threads.create", {"input": {"content": [], "attachments": ["x" * 1000]}}),
    ],
)
def test_an_id_or_a_cursor_is_bounded(kind: str, params: dict[str, Any]) -> None:
    """It would be a part of an address, or of a key."""
    with pytest.raises(BadRequest, match="200 characters"):
        parse(body(kind, **params), WIDE)


@pytest.mark.parametrize("kind", ["threads.custom_action", "threads.sync_custom_action"])
def test_an_action_without_a_type_is_refused(kind: str) -> None:
    """ChatKit's own class takes it, with a type that is no text."""
    with pytest.raises(BadRequest, match=r"params\.action\.type"):
        parse(body(kind, thread_id="t", action={}), BOUNDS)


@pytest.mark.parametrize("size", [2**63, 2**64 - 1])
def test_a_size_that_no_column_holds_is_refused(size: int) -> None:
    """One bit less than a whole number may have elsewhere."""
    told = body("attachments.create", name="a", mime_type="text/plain", size=size)
    with pytest.raises(BadRequest, match="63 bits"):
        parse(told, BOUNDS)


@pytest.mark.parametrize("depth", [1000, 100_000])
def test_json_that_is_nested_without_end_is_refused(depth: int) -> None:
    """Before anything walks down into it."""
    nested = body("threads.add_client_tool_output", thread_id="t", result=0)
    with pytest.raises(BadRequest, match="recursion limit"):
        parse(nested.replace(b":0", b":" + b"[" * depth + b"]" * depth), WIDE)


def test_metadata_is_counted_by_its_names_texts_and_numbers() -> None:
    """It is kept with each turn. A message may be as long as before."""
    asked = {"type": "threads.list", "params": {}}
    for metadata in ({"page": "x" * 197}, {"n" * 150: [1] * 50}):
        with pytest.raises(MetadataTooLarge, match="MAX_METADATA"):
            parse(orjson.dumps(asked | {"metadata": metadata}), BOUNDS)
    kept = parse(orjson.dumps(asked | {"metadata": {"page": "x" * 196}}), BOUNDS)
    assert len(kept.metadata["page"]) == 196
