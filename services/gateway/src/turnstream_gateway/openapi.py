"""The OpenAPI document: what FastAPI knows, and the bodies that routes read themselves.

A route that bounds its body reads it from the request, where FastAPI does not see its model.
The code that builds the app says which routes take which.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from chatkit.types import ChatKitReq
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from turnstream.contracts.turns import Json
from turnstream.http.problems import Problem, problem_responses

from turnstream_gateway.identity.unauthenticated_routes import unauthenticated_operations

Responses: TypeAlias = dict[int | str, Json]

CHATKIT_RESPONSES: Responses = {
    200: {
        "description": "A stream of events for the six streaming types, else a document.",
        "headers": {"Turn-Id": {"description": "Of a stream.", "schema": {"type": "string"}}},
        "content": {
            "text/event-stream": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    },
    **problem_responses(
        {
            400: "Not a ChatKit request.",
            401: "No usable user.",
            404: "No such thread, item or attachment of this user.",
            409: "The thread is busy, locked or closed; nothing waits for this answer; "
            "the key is taken.",
            413: "The body is too large.",
            415: "The body is not declared as JSON.",
            422: "The request names the wrong kind of thing, or a reserved action.",
            429: "Too many turns under way, or a budget is used up until `Retry-After`.",
            501: "The assistant does not support this request.",
            503: "Try again after `Retry-After`.",
            504: "No assistant answered in time.",
        }
    ),
}

_FILE: Json = {"type": "string", "format": "binary"}
_FORM: Json = {"type": "object", "required": ["file"], "properties": {"file": _FILE}}
UPLOAD_FORM: Json = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
}
UPLOAD_CONTENT: Json = {"requestBody": {"required": True, "content": {"*/*": {"schema": _FILE}}}}


def upload_responses(*statuses: int) -> Responses:
    """The refusals of a file, by status."""
    refusals = {
        400: "Not such a body.",
        401: "No usable user.",
        403: "The link has run out, or was changed; or the session takes no files.",
        404: "No such attachment.",
        409: "The user has no room for another file.",
        413: "The file is too large.",
        415: "Files of this type are not taken, or it is of another than it claims.",
        422: "The file is damaged, locked, or not what was announced.",
        429: "Too many requests of this session.",
        501: "This deployment takes no files.",
        503: "Try again after `Retry-After`.",
    }
    return problem_responses({status: refusals[status] for status in statuses})


CHATKIT_REQUEST: TypeAdapter[Any] = TypeAdapter(ChatKitReq)
"""The body of `POST /chatkit`: ChatKit's own union of requests."""


def document(app: FastAPI, bodies: Mapping[str, TypeAdapter[Any]]) -> Json:
    """The app's OpenAPI document, with the bodies of those paths that read them. Made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for path, body in bodies.items():
            schemas |= _describe_body(made, path, body)
        _describe_security(made, unauthenticated_operations(app))
        app.openapi_schema = made
    return app.openapi_schema


_SECURITY: Json = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token, a client secret or a server key, as `AUTH` has it.",
    },
    "user": {
        "type": "apiKey",
        "in": "header",
        "name": "X-User-Id",
        "description": "Who asks, under `AUTH=dev` or from a trusted proxy.",
    },
}


def _describe_security(openapi: Json, unauthenticated: set[str]) -> None:
    openapi["components"]["securitySchemes"] = _SECURITY
    openapi["security"] = [{name: []} for name in _SECURITY]
    for methods in openapi["paths"].values():
        for method in methods.values():
            if method["operationId"] in unauthenticated:
                method["security"] = []


class _Schema(GenerateJsonSchema):
    """ChatKit's thread metadata has a default that no JSON schema can hold."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012


def _describe_body(openapi: Json, path: str, body: TypeAdapter[Any]) -> Json:
    """Add the body of a `POST`; gives the schemas that it refers to."""
    schema = body.json_schema(ref_template="#/components/schemas/{model}", schema_generator=_Schema)
    schemas: Json = schema.pop("$defs")
    openapi["paths"][path]["post"]["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": schema}},
    }
    return schemas
