"""Failures as HTTP answers: one handler for every FastAPI app of the house."""

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from turnstream.errors import BadRequest, TurnstreamError

RETRY_AFTER = 1.0
"""Seconds a client should wait after a failure that may pass, where nobody knows better."""


def problem_of(error: TurnstreamError | RequestValidationError) -> JSONResponse:
    """The problem document of a failure that has a name, or of a request that is not as it should
    be, with `Retry-After` where trying again helps.
    """
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        error = BadRequest(f"{place}: {first['msg']}")
    headers = {}
    if error.retryable:
        headers["Retry-After"] = str(math.ceil(error.retry_after or RETRY_AFTER))
    return JSONResponse(
        error.problem(), error.status, headers, media_type="application/problem+json"
    )


def answer_problems(app: FastAPI) -> None:
    """Answer named failures, bad parameters and unknown routes with problem documents."""

    @app.exception_handler(TurnstreamError)
    @app.exception_handler(RequestValidationError)
    async def named(_: Request, error: TurnstreamError | RequestValidationError) -> JSONResponse:
        return problem_of(error)

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> JSONResponse:
        code = "not_found" if error.status_code == 404 else "http_error"
        body = TurnstreamError(str(error.detail)).problem() | {
            "type": f"urn:turnstream:problem:{code}",
            "status": error.status_code,
            "title": str(error.detail),
            "code": code,
        }
        return JSONResponse(body, error.status_code, media_type="application/problem+json")
