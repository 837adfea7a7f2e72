"""Failures that a server reports inside an answer, in the shapes of many servers.

A frame `{"error": {…}}` (OpenAI, vLLM, OpenRouter, llama.cpp), an event named `error` with its
fields at the top (Responses, DashScope), `{"object": "error", …}` (vLLM before 0.10, FastChat),
`{"errors": [{…}]}` (Cloudflare), and an `error` inside a choice (OpenRouter).
"""

from collections.abc import Mapping

from turnstream.contracts.turns import Json

from turnstream_worker.dialects.errors import UpstreamFault

_STATUS_NAMES = ("status", "status_code", "http_code", "http_status", "code", "error_code")
_CODE_NAMES = ("code", "error_code", "type", "status")
_STATUSES = range(100, 600)
_ERRORS = ("error", "response.error")
_FINE = (None, "", 0, "0", 200, "200")


def fault_in(document: Json, event: str = "") -> UpstreamFault | None:
    """The failure that a document of a stream reports, if it reports one."""
    if error := document.get("error"):
        return fault_of(error)
    if any(name in _ERRORS for name in (event, document.get("type"), document.get("object"))):
        return fault_of(document)
    errors = document.get("errors")
    if isinstance(errors, list) and errors:
        return fault_of(errors[0])
    code = document.get("code", document.get("error_code"))
    bare = "message" in document and "choices" not in document and "type" not in document
    if bare and code not in _FINE:
        return fault_of(document)
    return None


def fault_of(error: object) -> UpstreamFault:
    """The failure that a server described, in whatever shape."""
    if not isinstance(error, Mapping):
        return UpstreamFault(str(error))
    return UpstreamFault(_message(error), code=_code(error), status=_status(error))


def _message(error: Mapping[str, object]) -> str:
    for name in ("message", "msg", "detail", "error_msg", "error"):
        if text := error.get(name):
            metadata = error.get("metadata")
            raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
            return f"{text} ({raw})" if raw else str(text)
    return str(dict(error))[:500]


def _code(error: Mapping[str, object]) -> str:
    for name in _CODE_NAMES:
        value = error.get(name)
        if isinstance(value, str) and value and not value.isdigit() and value != "error":
            return value.lower()
    return ""


def _status(error: Mapping[str, object]) -> int | None:
    for name in _STATUS_NAMES:
        value = error.get(name)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if isinstance(value, int) and value in _STATUSES:
            return value
    return None
