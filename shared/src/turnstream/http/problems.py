"""Failures as HTTP answers: one handler for every FastAPI app of the house."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from turnstream.contracts.turns import Json
from turnstream.errors import AssistantRefused, BadRequest, TurnstreamError
from turnstream.metrics import REFUSALS

RETRY_AFTER = 1.0
"""Seconds a client should wait after a failure that may pass, where nobody knows better."""
_MEDIA_TYPE = "application/problem+json"
CODE = "turnstream.problem"
"""Key of the ASGI scope: the code of the failure that was answered."""


class Problem(BaseModel):
    """A failure (RFC 9457) with a code; `retryable` says whether trying again helps."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    limit: str | None = None
    """The limit that refused the request, where one did."""
    retry_after: int | None = None
    """Seconds, beside a limit: as the header says."""


def problem_responses(descriptions: Mapping[int, str]) -> dict[int | str, Json]:
    """The failures of a route by status, for its `responses`. The document must hold `Problem`."""
    content = {_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": description, "content": content}
        for status, description in descriptions.items()
    }


@dataclass(frozen=True)
class Failure:
    """A failed request, before it is told in one form or another."""

    status: int
    code: str
    title: str
    detail: str
    retryable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    parameter: str = ""
    """The part of the request that is wrong, where it is one: `query.limit`."""
    fault: str = ""
    """What pydantic calls that which is wrong with it: `missing`, `int_type`."""
    limit: str = ""
    """The limit that refused it, where one did."""

    @classmethod
    def of(cls, error: TurnstreamError) -> "Failure":
        """A named failure, with `Retry-After` where trying again helps."""
        headers = dict(error.headers)
        if error.retryable:
            headers["Retry-After"] = str(math.ceil(error.retry_after or RETRY_AFTER))
        return cls(
            error.status,
            error.code,
            error.title,
            error.detail,
            error.retryable,
            headers,
            limit=error.limit,
        )


Form = Callable[[Failure], Response]
"""How a failure is told."""


def answer_problems(app: FastAPI, forms: Mapping[str, Form] | None = None) -> None:
    """Answer named failures, bad parameters and unknown routes with problem documents.

    `forms` has other forms for the paths below some prefixes.
    """

    def answer(request: Request, failure: Failure) -> Response:
        path = request.scope["path"]
        request.scope[CODE] = failure.code
        REFUSALS.labels(failure.code).inc()
        for prefix, form in (forms or {}).items():
            if path == prefix or path.startswith(f"{prefix}/"):
                return form(failure)
        return problem(failure)

    @app.exception_handler(TurnstreamError)
    async def named(request: Request, error: TurnstreamError) -> Response:
        return answer(request, Failure.of(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        failure = Failure.of(BadRequest(f"{path}: {first['msg']}"))
        return answer(request, replace(failure, parameter=path, fault=first["type"]))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        code = "not_found" if error.status_code == 404 else "http_error"
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        detail = str(error.detail)
        return answer(request, Failure(error.status_code, code, detail, detail, headers=headers))


def problem(failure: Failure) -> JSONResponse:
    """The problem document of a failure."""
    body: dict[str, object] = {
        "type": f"urn:turnstream:problem:{failure.code}",
        "title": failure.title,
        "status": failure.status,
        "detail": failure.detail,
        "code": failure.code,
        "retryable": failure.retryable,
    }
    if failure.limit:
        body["limit"] = failure.limit
        if "Retry-After" in failure.headers:
            body["retry_after"] = int(failure.headers["Retry-After"])
    return JSONResponse(body, failure.status, failure.headers, media_type=_MEDIA_TYPE)


_SECONDS = re.compile("[0-9]{1,5}")
"""A wait that a client may be told: up to a day or so, as an app wrote it."""


def refusal(error: Exception) -> AssistantRefused | None:
    """What an app refused by raising an `HTTPException`; None for any other exception."""
    if not isinstance(error, HTTPException) or not 400 <= error.status_code < 600:
        return None
    # Annotated as text by Starlette; FastAPI takes any JSON.
    detail: object = error.detail
    text = detail if isinstance(detail, str) else orjson.dumps(detail, default=str).decode()
    wait = (error.headers or {}).get("Retry-After", "")
    seconds = float(wait) if _SECONDS.fullmatch(wait) else None
    return AssistantRefused(text, retry_after=seconds, answer=error.status_code)


def _methods(app: FastAPI, request: Request) -> set[str]:
    """What may be asked of an address, by all of its routes."""
    methods: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return methods | ({"HEAD"} if "GET" in methods else set())
