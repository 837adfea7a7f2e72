"""What a model reads of a call to an MCP server that failed.

Two things must be told apart: a call that certainly was not made, and one that may have taken
effect. The model may repeat the first. It repeats the second only where the server says that this
is harmless (`readOnlyHint`, `idempotentHint`).
"""

from agents import FunctionTool, ModelBehaviorError
from agents.exceptions import MCPToolCancellationError
from httpx2 import ConnectError, HTTPStatusError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REQUEST_TIMEOUT,
)
from orjson import dumps
from turnstream.contracts.tools import ToolFailure

_DETAIL = 500
"""Characters of a server's message that the model gets; the log has it too."""
_REFUSED = frozenset({INVALID_PARAMS, METHOD_NOT_FOUND})
"""Answers of a server that did not run the tool."""
_REJECTED = frozenset({400, 401, 403, 404, 405, 413, 415, 429})
"""HTTP statuses of a request that was refused."""
_SESSION = "session"
"""Part of the message where a server was restarted and does not know the session any more."""
_NOT_SENT = "The server cannot be reached at the moment. The call was not made."
_UNKNOWN = (
    "It may or may not have taken effect: the outcome is unknown. "
    "Do not repeat it without checking what came of it."
)
_HARMLESS = "The tool changes nothing when it is called again, so it may be tried again."


class ServerUnavailable(Exception):
    """The server is not connected: nothing was sent."""


class ArgumentsRefused(ModelBehaviorError):
    """The model's arguments are no JSON object: nothing was sent."""


def may_repeat(tool: FunctionTool) -> bool:
    """True for a tool that its server calls read-only or idempotent."""
    hints = tool.mcp_annotations
    return hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)


def words_for_model(tool: FunctionTool, error: BaseException) -> str:
    """The failure of a call as the model reads it: what is known of its outcome, and why."""
    cause = _cause(error)
    match cause:
        case ModelBehaviorError():
            return _words(ToolFailure.INVALID_ARGUMENTS, str(cause))
        case ServerUnavailable() | ConnectError():
            return _words("unavailable", _NOT_SENT)
        case HTTPStatusError() if cause.response.status_code in _REJECTED:
            status = cause.response.status_code
            return _words("refused", f"The server answered with HTTP {status} and did not run it.")
        case MCPError() if cause.code == INVALID_REQUEST and _SESSION in cause.message.lower():
            return _words("unavailable", _NOT_SENT)
        case MCPError() if cause.code in _REFUSED:
            return _words("refused", f"The server refused the call: {cause.message}")
        case _:
            return _unknown(tool, _reason(cause))


def unknown_outcome(tool: FunctionTool, reason: str) -> str:
    """The words for a call whose outcome nobody knows."""
    return _unknown(tool, reason)


def _unknown(tool: FunctionTool, reason: str) -> str:
    if may_repeat(tool):
        return _words("failed", f"{reason} {_HARMLESS}")
    return _words(ToolFailure.OUTCOME_UNKNOWN, f"{reason} {_UNKNOWN}")


def _cause(error: BaseException) -> BaseException:
    """The innermost error that says what happened: the SDK wraps some, others come in groups."""
    while True:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif (
            isinstance(error, MCPError | ModelBehaviorError | ServerUnavailable)
            or not error.__cause__
        ):
            return error
        else:
            error = error.__cause__


def _reason(error: BaseException) -> str:
    match error:
        case MCPError() if error.code == REQUEST_TIMEOUT:
            return "The server did not answer in time."
        case TimeoutError():
            return "The server did not answer in time."
        case MCPError() if error.code == CONNECTION_CLOSED:
            return "The connection to the server was lost during the call."
        case MCPError():
            return f"The server answered with an error: {error.message[:_DETAIL]}"
        case MCPToolCancellationError():
            return "The call was cut off."
        case _:
            return f"The call failed ({type(error).__name__})."


def _words(failure: str, detail: str) -> str:
    return dumps({"error": failure, "detail": detail[: 2 * _DETAIL]}).decode()
