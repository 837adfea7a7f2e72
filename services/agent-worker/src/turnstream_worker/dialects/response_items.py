"""Output items of the Responses API, as OpenAI would send them.

LM Studio leaves `annotations` out (lmstudio-ai/lmstudio-bug-tracker#1089), vLLM sends them as null
(openai/openai-agents-python#1616); others name a part `text`, send `content` as one string,
arguments as an object, or items of kinds of their own (`x_search_call` of xAI).
"""

from typing import get_args

import orjson
from openai.types.responses import ResponseOutputItem
from openai.types.responses.response_output_text import Annotation
from pydantic import BaseModel, TypeAdapter, ValidationError
from turnstream.contracts.turns import Json

from turnstream_worker.dialects.texts import text_of

_ANNOTATION: TypeAdapter[Annotation] = TypeAdapter(Annotation)
_THOUGHTS = ("reasoning_text", "thinking", "reasoning")


def _known_types() -> frozenset[str]:
    union = get_args(ResponseOutputItem)[0]
    kinds = (each for each in get_args(union) if issubclass(each, BaseModel))
    return frozenset(get_args(kind.model_fields["type"].annotation)[0] for kind in kinds)


KNOWN_TYPES = _known_types()
"""The kinds of items that the Agents SDK reads. It has no way to keep another one."""


def item_type(item: object) -> str | None:
    """The kind of an item; None for one that nobody here knows, which is left out."""
    if not isinstance(item, dict):
        return None
    kind = item.get("type")
    if kind is None and ("content" in item or "role" in item):
        return "message"
    if kind is None and "arguments" in item:
        return "function_call"
    return kind if isinstance(kind, str) and kind in KNOWN_TYPES else None


def normalized_item(item: Json, kind: str) -> Json:
    """The item as OpenAI would send it."""
    match kind:
        case "message":
            return {
                "role": "assistant",
                "status": "completed",
                **_given(item),
                "type": kind,
                "content": normalized_parts(item.get("content")),
            }
        case "reasoning":
            return {**_given(item), "summary": _summary(item.get("summary"))} | _thoughts(item)
        case "function_call":
            return {**_given(item), "type": kind, "arguments": arguments_of(item)} | _call(item)
        case _:
            return item


def normalized_parts(content: object) -> list[Json]:
    """The parts of a message. Thoughts among them are no part of it."""
    parts = content if isinstance(content, list) else [content] if content else []
    return [normalized for each in parts if (normalized := normalized_part(each)) is not None]


def normalized_part(part: object) -> Json | None:
    """A part of a message as OpenAI would send it; None for one that is not its text."""
    if not isinstance(part, dict):
        return {"type": "output_text", "text": text_of(part), "annotations": []}
    kind = part.get("type")
    if kind in _THOUGHTS:
        return None
    if kind == "refusal" or (kind is None and "refusal" in part):
        return {**part, "type": "refusal", "refusal": text_of(part.get("refusal"))}
    annotations = part.get("annotations")
    given = annotations if isinstance(annotations, list) else []
    return {
        **part,
        "type": "output_text",
        "text": text_of(part.get("text") or part.get("content")),
        "annotations": [each for each in given if is_annotation(each)],
    }


def is_annotation(value: object) -> bool:
    """True for an annotation that ChatKit can read; it fails at any other."""
    try:
        _ANNOTATION.validate_python(value)
    except ValidationError:
        return False
    return True


def arguments_of(item: Json) -> str:
    """The arguments of a call, as text. Null is none, for a call that needs none."""
    arguments = item.get("arguments")
    if isinstance(arguments, str):
        return arguments
    return "{}" if arguments is None else orjson.dumps(arguments).decode()


def _given(item: Json) -> Json:
    return {name: value for name, value in item.items() if value is not None or name != "status"}


def _call(item: Json) -> Json:
    name, call_id = item.get("name"), item.get("call_id")
    return {
        "name": "" if name is None else str(name),
        "call_id": "" if call_id is None else str(call_id),
    }


def _summary(summary: object) -> list[Json]:
    parts = summary if isinstance(summary, list) else [summary] if summary else []
    return [
        each
        if isinstance(each, dict) and isinstance(each.get("text"), str)
        else {"type": "summary_text", "text": text_of(each)}
        for each in parts
    ]


def _thoughts(item: Json) -> Json:
    content = item.get("content")
    if content is None or isinstance(content, list):
        return {}
    return {"content": [{"type": "reasoning_text", "text": text_of(content)}]}
