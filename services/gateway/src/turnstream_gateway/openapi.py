"""The OpenAPI document: what FastAPI knows, and the ChatKit requests that it is not shown.

`POST /chatkit` reads its own body, to bound it before anything is parsed; so its schema, headers
and problems are described here.
"""

from typing import Any

from chatkit.types import ChatKitReq
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from turnstream.contracts.turns import BusyPolicy

_REFERENCE = "#/components/schemas/{model}"
_SCHEMA = TypeAdapter(ChatKitReq).json_schema(ref_template=_REFERENCE)
_DEFINITIONS = _SCHEMA.pop("$defs")

_HEADERS = {
    "X-User-Id": "Who asks, under AUTH=dev.",
    "Idempotency-Key": "The same key and user give the same turn and the same stream.",
    "Turnstream-Client": "`resumable`: a lost connection is not a Stop, and the end is an event.",
    "Accept-Language": "The best known language is the assistant's `context.locale`.",
}
_PROBLEMS = {
    400: "Not a ChatKit request.",
    401: "No usable user.",
    404: "No such thread, item or attachment of this user.",
    409: "The thread is busy, locked or closed; nothing waits for this answer; the key is taken.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "The request names the wrong kind of thing, or a reserved action.",
    429: "Too many turns under way.",
    501: "The assistant does not support this request.",
    503: "Try again after `Retry-After`.",
    504: "No assistant answered in time.",
}


def _text(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", **schema},
    }


CHATKIT_OPERATION: dict[str, Any] = {
    "parameters": [
        *(_text(name, description) for name, description in _HEADERS.items()),
        _text("Turnstream-When-Busy", "Policy for a busy thread.", enum=list(BusyPolicy)),
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}},
    "responses": {
        "200": {
            "description": "A stream of events for the six streaming types, else a document.",
            "headers": {
                "Turn-Id": {"description": "Of a stream.", "schema": {"type": "string"}},
            },
            "content": {
                "text/event-stream": {"schema": {"type": "string"}},
                "application/json": {"schema": {"type": "object"}},
            },
        },
        **{
            str(status): {
                "description": description,
                "content": {"application/problem+json": {"schema": {"type": "object"}}},
            }
            for status, description in _PROBLEMS.items()
        },
    },
}


_FILE = {"type": "string", "format": "binary"}
_REFUSALS = {
    400: "Not such a body.",
    401: "No usable user.",
    403: "The link has run out, or was changed.",
    404: "No such attachment.",
    409: "The user has no room for another file.",
    413: "The file is too large.",
    415: "Files of this type are not taken, or it is of another than it claims.",
    422: "The file is damaged, locked, or not what was announced.",
    501: "This deployment takes no files.",
    503: "Try again after `Retry-After`.",
}


def _upload(media_type: str, schema: dict[str, Any], *statuses: int) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {media_type: {"schema": schema}}},
        "responses": {
            str(status): {
                "description": _REFUSALS[status],
                "content": {"application/problem+json": {"schema": {"type": "object"}}},
            }
            for status in statuses
        },
    }


UPLOAD_FORM = _upload(
    "multipart/form-data",
    {"type": "object", "required": ["file"], "properties": {"file": _FILE}},
    *(400, 401, 409, 413, 415, 422, 501, 503),
)
UPLOAD_CONTENT = _upload("*/*", _FILE, 403, 404, 413, 415, 422, 501, 503)


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document with the schemas of ChatKit's requests. Made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        made.setdefault("components", {}).setdefault("schemas", {}).update(_DEFINITIONS)
        app.openapi_schema = made
    return app.openapi_schema
