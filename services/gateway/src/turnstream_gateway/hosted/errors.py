"""Failures as the hosted API tells them: `{"error": {message, type, param, code}}`.

The official clients read `body["error"]`, and try again by status unless `x-should-retry` says
otherwise. All other routes of the gateway answer with problem documents.
"""

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from turnstream.errors import TurnstreamError
from turnstream.http.problems import Failure

PREFIX = "/v1/chatkit"
"""Where the hosted API begins."""
_RETRIED = frozenset({408, 409, 429})
"""Statuses that the official clients try again, besides those of a server's failures."""
_DEPTH = 3
"""Names in the path of a parameter: `workflow.state_variables.plan`. What pydantic has after
them says which kind of value was tried."""
_LONGEST = 100
"""Characters of a parameter's path: a name in it may be as long as a body."""
_CODES = {
    "missing": "missing_required_parameter",
    "extra_forbidden": "unknown_parameter",
    "json_invalid": "invalid_json",
}
"""The hosted API's code of a fault. Others are of a type, or of a value."""


def envelope(failure: Failure) -> JSONResponse:
    """The answer to a failed request of the hosted API."""
    status, headers = failure.status, dict(failure.headers)
    if status in _RETRIED or status >= 500:
        headers["x-should-retry"] = "true" if failure.retryable else "false"
    parameter, message = _parameter(failure.parameter), failure.detail
    if failure.fault:
        message = message.removeprefix(f"{failure.parameter}: ")
        message = f"{parameter}: {message}" if parameter else message
    error = {
        "message": message,
        "type": _kind(status),
        "param": parameter,
        "code": _code(failure),
    }
    return JSONResponse({"error": error}, status, headers)


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


def _parameter(path: str) -> str | None:
    """The path of a parameter as its sender knows it, without where the parameter was."""
    return ".".join(path.split(".")[1 : _DEPTH + 1])[:_LONGEST] or None


def _code(failure: Failure) -> str:
    fault = failure.fault
    if not fault:
        return failure.code
    return _CODES.get(fault, "invalid_type" if fault.endswith("_type") else "invalid_value")


class HostedAnswers:
    """ASGI middleware that gives an answer of the hosted API its form at any failure."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        if scope["type"] != "http" or not _is_hosted(scope["path"]):
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun |= message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not begun:
                await envelope(Failure.of(TurnstreamError()))(scope, receive, sending)
            raise


def _is_hosted(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")
