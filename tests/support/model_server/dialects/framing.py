"""Both APIs: how events become bytes. Server-sent events allow all of it."""

from collections.abc import Iterator

from .changes import first_of_all, last_of_all
from .dialect import Dialect
from .stream import Event, Part, as_sse


def _frame(event: Event) -> str:
    return b"".join(as_sse(event)).decode()


def _crlf(event: Event) -> Iterator[bytes]:
    yield _frame(event).replace("\n", "\r\n").encode()


def _cr(event: Event) -> Iterator[bytes]:
    yield _frame(event).replace("\n", "\r").encode()


def _no_space(event: Event) -> Iterator[bytes]:
    yield _frame(event).replace("data: ", "data:", 1).replace("event: ", "event:", 1).encode()


def _with_id_and_retry(event: Event) -> Iterator[bytes]:
    yield f"id: 7\nretry: 3000\n{_frame(event)}".encode()


def _named_message(event: Event) -> Iterator[bytes]:
    name = event.name or "message"
    yield f"event: {name}\ndata: {event.text}\n\n".encode()


def _data_first(event: Event) -> Iterator[bytes]:
    name = f"event: {event.name}\n" if event.name else ""
    yield f"data: {event.text}\n{name}\n".encode()


def _byte_by_byte(event: Event) -> Iterator[bytes]:
    frame = _unescaped(event)
    # The first and the last bytes one by one: enough to cut every kind of line in two.
    edges = [frame[at : at + 1] for at in range(min(12, len(frame)))]
    rest = frame[12:]
    yield from edges
    yield from (piece for piece in (rest[:-8], *(rest[-8:][n : n + 1] for n in range(8))) if piece)


def _unescaped(event: Event) -> bytes:
    """The frame with letters as they are, not as `\\u00b0`."""
    return _frame(event).replace("\\u00b0", "°").encode()


def _inside_a_letter(event: Event) -> Iterator[bytes]:
    head, mark, tail = _unescaped(event).partition("°".encode())
    yield from (piece for piece in (head + mark[:1], mark[1:] + tail) if piece)


def _letters(event: Event) -> Iterator[bytes]:
    yield _unescaped(event)


def _lines(event: Event) -> Iterator[bytes]:
    """The document over several `data:` lines."""
    name = f"event: {event.name}\n" if event.name else ""
    broken = event.text.replace(", ", ",\ndata: ") if event.document else event.text
    yield f"{name}data: {broken}\n\n".encode()


def _blank_lines(event: Event) -> Iterator[bytes]:
    yield f"\n\n{_frame(event)}\n\n".encode()


def _two_writes(event: Event) -> Iterator[bytes]:
    frame = _frame(event).encode()
    yield from (frame[:-1], frame[-1:])


BOM = "\ufeff".encode()


def _bom(parts: list[Part]) -> list[Part]:
    return first_of_all(BOM)(parts)


FRAMING = (
    Dialect(
        "CRLF", "Lines end with CR LF.", "https://github.com/miruamel/xuan/issues/194", encode=_crlf
    ),
    Dialect(
        "CR",
        "Lines end with CR alone.",
        "https://github.com/langchain-ai/langgraph/pull/2560",
        encode=_cr,
    ),
    Dialect(
        "byte order mark",
        "The stream begins with a byte order mark.",
        "https://github.com/agentic-os-org/ANOLISA/pull/2209",
        change=_bom,
    ),
    Dialect(
        "no space after the colon",
        "`data:` is followed by the document at once.",
        "https://github.com/openai/openai-python/issues/498",
        encode=_no_space,
    ),
    Dialect(
        "id and retry lines",
        "Every frame has an `id:` and a `retry:` line.",
        "DashScope, Spring's servers",
        encode=_with_id_and_retry,
    ),
    Dialect(
        "event line message",
        "Every frame without a name is called `message`.",
        "gateways built on libraries for server-sent events",
        encode=_named_message,
    ),
    Dialect(
        "event line after the data",
        "The `event:` line stands behind the `data:` line.",
        "the specification of server-sent events",
        encode=_data_first,
    ),
    Dialect(
        "byte by byte",
        "The edges of every frame come in packets of one byte.",
        "slow networks",
        encode=_byte_by_byte,
    ),
    Dialect(
        "letters as they are",
        "Documents hold letters as UTF-8, not as escapes.",
        "every server not written in Python",
        encode=_letters,
    ),
    Dialect(
        "packets end inside a letter",
        "A packet ends in the middle of a letter of two bytes.",
        "every network",
        encode=_inside_a_letter,
    ),
    Dialect(
        "documents over several lines",
        "A document stands on several `data:` lines.",
        "the specification of server-sent events",
        encode=_lines,
    ),
    Dialect(
        "blank lines between frames",
        "Blank lines keep the connection alive.",
        "proxies with a keep-alive of their own",
        encode=_blank_lines,
    ),
    Dialect(
        "blank line in a packet of its own",
        "The blank line that ends a frame comes later than the frame.",
        "every network",
        encode=_two_writes,
    ),
    Dialect(
        "content type with a charset",
        "`text/event-stream; charset=utf-8`.",
        "servers written with Express and Spring",
        content_type="text/event-stream; charset=utf-8",
    ),
    Dialect(
        "content type text/plain",
        "The stream calls itself plain text.",
        "proxies that do not know the type",
        content_type="text/plain",
    ),
    Dialect(
        "content type application/json",
        "The stream calls itself JSON.",
        "small servers of one file",
        content_type="application/json",
    ),
    Dialect(
        "content type application/octet-stream",
        "The stream calls itself bytes.",
        "proxies that do not know the type",
        content_type="application/octet-stream",
    ),
    Dialect(
        "comment last",
        "A comment stands behind everything.",
        "OpenRouter, Cloudflare's AI gateway",
        change=last_of_all(b": bye\n\n"),
    ),
)
