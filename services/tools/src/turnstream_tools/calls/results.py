"""The results of calls, in words that a model can act on and a person can read."""

import orjson
from pydantic import BaseModel, ValidationError
from turnstream.contracts.text import dump_json, storable_value
from turnstream.contracts.tools import ToolFailure, ToolResult

from turnstream_tools.calls.running import Stop

DETAIL_LIMIT = 500
"""Characters of an error that the model gets; the log has all of it."""
_ERRORS_LISTED = 8
_MAYBE = " It may or may not have taken effect."
_NOT_STARTED = {
    Stop.TIMED_OUT: "The call was out of time before it could start; it had no effect.",
    Stop.CANCELLED: "The call was cancelled before it started; it had no effect.",
    Stop.DRAINED: "The service was shutting down and did not start the call; it had no effect.",
}


def failed(failure: ToolFailure, detail: str) -> ToolResult:
    """A call without an output."""
    return ToolResult(failure=failure, detail=detail[:DETAIL_LIMIT])


def succeeded(output: object, limit: int) -> ToolResult:
    """A call with an output: cut if larger than `limit`, `not_json` if it is not JSON."""
    try:
        text = dump_json(output, _plain, orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        detail = f"The tool returned {type(output).__name__}, which is not JSON: {error}"
        return failed(ToolFailure.NOT_JSON, detail)
    plain = orjson.loads(text)
    return ToolResult(output=plain if len(text) <= limit else _cut(plain, limit))


def raised(error: BaseException) -> ToolResult:
    """The tool raised. The model gets the class and the message of the exception."""
    return failed(ToolFailure.RAISED, f"{type(error).__name__}: {error}")


def invalid(error: ValidationError) -> ToolResult:
    """The arguments do not fit. The model is told which and why, and can correct them."""
    problems = [
        f"{'.'.join(str(part) for part in each['loc']) or 'arguments'}: {each['msg']}"
        for each in error.errors(include_url=False, include_context=False)[:_ERRORS_LISTED]
    ]
    return failed(ToolFailure.INVALID_ARGUMENTS, "; ".join(problems))


def stopped(reason: Stop, *, started: bool, idempotent: bool) -> ToolResult | None:
    """The result of a call that was stopped; None when another service shall run it."""
    if reason is Stop.LOST or (reason is Stop.DRAINED and idempotent):
        return None
    if not started:
        failure = ToolFailure.TIMED_OUT if reason is Stop.TIMED_OUT else ToolFailure.CANCELLED
        return failed(failure, _NOT_STARTED[reason])
    maybe = "" if idempotent else _MAYBE
    if reason is Stop.TIMED_OUT:
        return failed(ToolFailure.TIMED_OUT, f"The tool did not end in time.{maybe}")
    if reason is Stop.CANCELLED:
        return failed(ToolFailure.CANCELLED, f"The call was cancelled.{maybe}")
    return failed(ToolFailure.OUTCOME_UNKNOWN, f"The service was stopped during the call.{maybe}")


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return storable_value(value.model_dump(mode="json"))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _cut(output: object, limit: int) -> str:
    """The beginning of an output as text, with a note, in `limit` bytes of JSON."""
    text = output if isinstance(output, str) else orjson.dumps(output).decode()
    note = f"\n[Cut: the output was longer than {limit} bytes.]"
    while (size := len(orjson.dumps(text + note))) > limit and text:
        text = text[: len(text) * limit // (size + 1)]
    return text + note
