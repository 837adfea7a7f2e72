"""Message content in the form of the GenAI conventions, if an operator asks for it by
`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`: it is what users and tools say.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
from opentelemetry.trace import Span
from pydantic import BaseModel
from turnstream.tracing import names

LONGEST = 64 * 1024
"""Characters of an attribute. Of more messages the newest are told, and of a longer text the
beginning: collectors refuse what is much longer."""


@cache
def is_captured() -> bool:
    """True where an operator asked for it when this process began."""
    return names.captures_content()


def set_text(span: Span, name: str, value: object) -> None:
    """Set an attribute to a text, if content is captured."""
    if is_captured():
        text = value if isinstance(value, str) else _json(value)
        span.set_attribute(name, text[:LONGEST])


def set_messages(span: Span, name: str, items: str | Iterable[Any]) -> None:
    """Set an attribute to the messages of a request or an answer, likewise."""
    if is_captured():
        span.set_attribute(name, _messages(items))


def _messages(items: str | Iterable[Any]) -> str:
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    texts: list[str] = []
    room = LONGEST
    for item in reversed([_data(each) for each in items]):
        text = _json(_message(item))
        room -= len(text) + 1
        if room < 0:
            break
        texts.append(text)
    return f"[{','.join(reversed(texts))}]"


def _message(item: Mapping[str, Any]) -> dict[str, object]:
    match item.get("type"):
        case "function_call":
            part = {
                "type": "tool_call",
                "id": item.get("call_id"),
                "name": item.get("name"),
                "arguments": item.get("arguments"),
            }
            return {"role": "assistant", "parts": [part]}
        case "function_call_output":
            part = {
                "type": "tool_call_response",
                "id": item.get("call_id"),
                "response": item.get("output"),
            }
            return {"role": "tool", "parts": [part]}
        case "reasoning":
            parts = [_part(each, "reasoning") for each in item.get("summary") or ()]
            return {"role": "assistant", "parts": parts}
    content = item.get("content")
    said = [content] if isinstance(content, str) else list(content or ())
    return {
        "role": item.get("role", "assistant"),
        "parts": [_part(each, "text") for each in said],
    }


def _part(part: object, kind: str) -> dict[str, object]:
    if isinstance(part, str):
        return {"type": kind, "content": part}
    data = _data(part)
    text = data.get("text")
    if isinstance(text, str):
        return {"type": kind, "content": text}
    return {"type": str(data.get("type", "unknown"))}  # a file or a picture: named, not sent


def _data(item: object) -> Mapping[str, Any]:
    if isinstance(item, BaseModel):
        return item.model_dump(mode="python", warnings=False)
    return item if isinstance(item, Mapping) else {"content": str(item)}


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
