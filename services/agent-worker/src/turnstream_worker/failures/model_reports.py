"""What a model server reported of a failure: read from any exception, in any server's words.

The same fault comes as an HTTP status, as a frame or an event inside an answer of status 200, and
from clients of other makers. All of them become one `ModelReport` here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

import httpx2
import openai
import orjson
from agents.exceptions import ModelBehaviorError

from turnstream_worker.dialects.errors import UpstreamFault
from turnstream_worker.failures import retry_after

_REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid", "cf-ray")
"""Headers by which OpenAI, Anthropic, Azure, Amazon and Cloudflare find a request again."""
_TERMINAL = re.compile(
    r"terminal event `(?P<event>[\w.]+)`"
    r"(?=(?:.*?\b(?:code|reason)='?(?P<code>[\w-]+))?)"
    r"(?=(?:.*?\bmessage=(?:'(?P<quoted>.*?)'[,)]|\"(?P<double>.*?)\"[,)]"
    r"|(?P<bare>.*?)(?:; param=|\.?$)))?)",
    re.DOTALL,
)
"""How the Agents SDK words a Responses stream that ended with an event for a failure."""
_LONGEST = 8000
"""Characters of a server's words that are looked at: some send a page of HTML."""
_MOST = 4
"""Errors of a list, and errors within errors, that are looked at."""
_CODES = ("code", "type", "status", "error_type", "__type")
"""Fields of an error in which servers put the name of its kind."""


@dataclass(frozen=True)
class ModelReport:
    """A failure as a model server told it. Nothing in it is scrubbed yet."""

    message: str
    status: int | None = None
    """The HTTP status: of the answer, or the one named inside an answer of status 200."""
    codes: tuple[str, ...] = ()
    """The server's names for what happened, most exact first, in lower case."""
    retryable: bool | None = None
    """Whether trying again helps, where the dialect of the server says so."""
    request_id: str = ""
    model: str = ""
    host: str = ""
    """Host and port of the server; no credentials, no path."""
    wait: timedelta | None = None
    """How long the server asks to wait."""

    @property
    def words(self) -> str:
        """All that tells what happened, in lower case."""
        return " ".join((*self.codes, self.message)).lower()


def report_of(error: BaseException) -> ModelReport | None:
    """The report in an exception; None where no model server reported anything.

    An exception of any client counts that has the `status_code` and the `body` of an answer, as
    those of the clients that are generated like OpenAI's (Anthropic, Groq, LiteLLM and others).
    """
    if isinstance(error, UpstreamFault):
        inside = next((each for each in _causes(error) if each is not error), error)
        named = tuple(error.code.lower().split())
        return _report(inside, str(error), error.status, named, retryable=error.retryable)
    if isinstance(error, ModelBehaviorError):
        return _terminal_event(error)
    if isinstance(error, openai.APIConnectionError):
        return None
    if isinstance(error, httpx2.HTTPStatusError):
        return _report(error, str(error), error.response.status_code, ())
    status = getattr(error, "status_code", None)
    if not isinstance(error, openai.APIError) and not (
        isinstance(status, int) and hasattr(error, "body")
    ):
        return None
    details = list(_details(getattr(error, "body", None)))
    codes = tuple(dict.fromkeys(code for detail in details for code in _codes(detail)))
    message = ": ".join(dict.fromkeys(text for detail in details for text in _messages(detail)))
    return _report(error, message or str(error), status if status != 200 else None, codes)


def server_of(error: BaseException) -> tuple[str, str]:
    """The host (with its port) and the model that the failed request was for; empty if unknown."""
    for each in _causes(error):
        try:
            request = getattr(each, "request", None) or getattr(each, "response").request  # noqa: B009
            url = urlsplit(str(request.url))
            host = url.hostname or ""
            return (f"{host}:{url.port}" if url.port else host), _model_in(request)
        except (AttributeError, RuntimeError, ValueError):
            continue
    return "", ""


def _report(
    error: BaseException,
    message: str,
    status: int | None,
    codes: tuple[str, ...],
    *,
    retryable: bool | None = None,
) -> ModelReport:
    message = message[:_LONGEST]
    named = [int(code) for code in codes if code.isdigit() and 400 <= int(code) < 600]
    headers = _headers(error)
    host, model = server_of(error)
    found = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), "")
    return ModelReport(
        message=message,
        status=status or next(iter(named), None),
        codes=tuple(code for code in codes if not (code.isdigit() and int(code) in named)),
        retryable=retryable,
        request_id=str(getattr(error, "request_id", None) or found),
        model=model,
        host=host,
        wait=retry_after.from_headers(headers) or retry_after.from_words(message),
    )


def _terminal_event(error: ModelBehaviorError) -> ModelReport | None:
    match = _TERMINAL.search(str(error))
    if match is None:
        return None
    message = match["quoted"] or match["double"] or match["bare"] or str(error)
    return _report(error, message, None, (match["code"].lower(),) if match["code"] else ())


def _details(body: object, depth: int = 0) -> Iterator[Mapping[str, object] | str]:
    """The errors in a body, the innermost last.

    Servers wrap them as `{"error": …}`, `[{"error": …}]`, `{"errors": […]}` or `{"detail": …}`;
    Azure adds an `innererror`, OpenRouter the JSON of the server behind it.
    """
    if isinstance(body, str) and body:
        yield body
    if isinstance(body, list):
        for each in body[:_MOST]:
            yield from _details(each, depth)
    if not isinstance(body, dict) or depth >= _MOST:
        return
    fields = cast(Mapping[str, object], body)
    yield fields
    metadata = fields.get("metadata")
    if isinstance(metadata, dict):
        yield from _details(_parsed(metadata.get("raw")), depth + 1)
    for name in ("error", "errors", "detail", "details", "innererror"):
        yield from _details(fields.get(name), depth + 1)


def _codes(detail: Mapping[str, object] | str) -> Iterator[str]:
    if isinstance(detail, str):
        return
    for name in _CODES:
        value = detail.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            yield str(value).lower()


def _messages(detail: Mapping[str, object] | str) -> Iterator[str]:
    if isinstance(detail, str):
        yield detail
        return
    for name in ("message", "msg", "retryDelay"):
        value = detail.get(name)
        if isinstance(value, str) and value:
            yield f"retry in {value}" if name == "retryDelay" else value


def _parsed(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw


def _headers(error: BaseException) -> Mapping[str, str]:
    for each in _causes(error):
        headers = getattr(getattr(each, "response", None), "headers", None)
        if isinstance(headers, Mapping):
            return headers
    return {}


def _model_in(request: object) -> str:
    """The model that the body of a request names."""
    try:
        body = orjson.loads(getattr(request, "content", b""))
    except (orjson.JSONDecodeError, RuntimeError):
        return ""
    return str(body.get("model") or "") if isinstance(body, dict) else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what caused it."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__
