"""What a tool of an MCP server gave, in a form that every model can be given.

A model API refuses a whole request for one image that it cannot read, so an image is checked first.
What no model reads, such as sound, is named in a sentence.
"""

import base64
import binascii
from typing import NamedTuple

import orjson
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
)
from pydantic import TypeAdapter, ValidationError
from turnstream.contracts.turns import Json

LONGEST_TEXT = 64 * 1024
"""Characters of one result that the model gets: about 16,000 tokens."""
LARGEST_IMAGE = 4 * 1024 * 1024
"""Bytes of one image; a larger one reaches neither the model nor the user."""
MOST_BLOCKS = 100
_BLOCK: TypeAdapter[ContentBlock] = TypeAdapter(ContentBlock)
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


class Image(NamedTuple):
    """An image that models and browsers can show."""

    content: bytes
    media_type: str


def read_result(raw: Json) -> CallToolResult:
    """The result of a call, from whatever the server answered.

    A result with structured content and no text is told as JSON. A server that asks for more
    instead of answering is told as an error, because nobody can answer it here.
    """
    if "content" not in raw and "inputRequests" in raw:
        message = "The server asked for more input, which cannot be given here."
        return _result([_text(message)], failed=True)
    given = raw.get("content")
    blocks = [
        _block(each) for each in (given if isinstance(given, list) else [given])[:MOST_BLOCKS]
    ]
    content = [each for each in blocks if each is not None]
    structured = raw.get("structuredContent")
    if structured is not None and not any(isinstance(each, TextContent) for each in content):
        content.append(_text(_json(structured)))
    return _result(
        _bounded(content) or [_text("The tool ended without an output.")],
        failed=raw.get("isError") is True,
    )


def read_image(data: str) -> Image | None:
    """An image from its base64; None when it is no image that can be shown, or too large."""
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = _kind(content[:16])
    return Image(content, kind) if kind and len(content) <= LARGEST_IMAGE else None


def _kind(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def _block(given: object) -> ContentBlock | None:
    """One block of content; as JSON text where it is of no known form, None for nothing."""
    if given is None:
        return None
    if isinstance(given, str):
        return _text(given) if given else None
    try:
        block = _BLOCK.validate_python(given, by_name=False)
    except ValidationError:
        return _text(_json(given))
    return _for_model(block)


def _for_model(block: ContentBlock) -> ContentBlock | None:
    match block:
        case TextContent(text=""):
            return None
        case ImageContent() if read_image(block.data) is None:
            return _text(f"[An image ({block.mime_type}) came, which cannot be shown.]")
        case AudioContent():
            return _text(f"[Sound ({block.mime_type}) came, which cannot be played.]")
        case EmbeddedResource(resource=BlobResourceContents() as blob):
            return _text(_text_of(blob) or f"[The file {blob.uri} ({blob.mime_type}) came.]")
        case _:
            return block


def _text_of(blob: BlobResourceContents) -> str | None:
    """The text of a file that is one; None for any other."""
    kind = blob.mime_type or ""
    if not (kind.startswith("text/") or kind.endswith(("json", "xml"))):
        return None
    try:
        return base64.b64decode(blob.blob).decode()
    except ValueError:
        return None


def _bounded(content: list[ContentBlock]) -> list[ContentBlock]:
    """The content with at most `LONGEST_TEXT` characters of text."""
    left, bounded = LONGEST_TEXT, list[ContentBlock]()
    for block in content:
        if not isinstance(block, ImageContent):
            text = block.text if isinstance(block, TextContent) else block.model_dump_json()
            if len(text) > left:
                block = _text(f"{text[:left]}\n[{len(text) - left} characters are left out.]")
            left = max(0, left - len(text))
        bounded.append(block)
    return bounded


def _result(content: list[ContentBlock], *, failed: bool) -> CallToolResult:
    return CallToolResult(content=content, is_error=failed)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
