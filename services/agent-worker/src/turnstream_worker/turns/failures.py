"""What went wrong in a turn, and whether trying again helps."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import openai
from agents.exceptions import (
    AgentsException,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    ModelRefusalError,
    ModelTimeoutError,
    OutputGuardrailTripwireTriggered,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
    UserError,
)
from chatkit.errors import CustomStreamError, ErrorCode, StreamError
from chatkit.types import ErrorEvent
from turnstream.contracts.turns import TurnError
from turnstream.errors import TurnstreamError
from turnstream.i18n import N_, negotiate, translator

from turnstream_worker.output.log_writer import LogTooLarge

RETRYABLE_STATUSES = frozenset({408, 409, 429})
"""Besides every 5xx: the server says that the same request may succeed later."""

_NO_FINAL_RESPONSE = "did not produce a final response"
"""How the SDK words a Responses stream that was cut; its class alone looks final."""

_GUARDRAILS = (
    InputGuardrailTripwireTriggered,
    OutputGuardrailTripwireTriggered,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
)


@dataclass(frozen=True)
class Failure:
    """A failure with its name, what the user sees, and the verdict."""

    code: str
    event: ErrorEvent
    retryable: bool = False
    retry_after: timedelta | None = None
    detail: str = ""

    def localized(self, locale: str | None) -> "Failure":
        """The same failure with our own words in the user's language; an app's stay as they are."""
        if self.event.message is None:
            return self
        message = translator(negotiate(locale))(self.event.message)
        return replace(self, event=self.event.model_copy(update={"message": message}))

    def error(self) -> TurnError:
        """The failure as it is kept with the turn."""
        return TurnError(
            code=self.code,
            message=self.event.message,
            detail=self.detail[:2000],
            allow_retry=self.event.allow_retry,
            event=self.event.model_dump(mode="json", exclude_none=True),
        )


def classify(error: BaseException) -> Failure:
    """The failure that an exception out of an assistant means.

    The SDK wraps what a tool raises; what counts is the exception inside, such as that of a model
    which an agent used as a tool could not reach.
    """
    if isinstance(error, UserError) and error.__cause__ is not None:
        return classify(error.__cause__)
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, CustomStreamError):
        shown = ErrorEvent(code="custom", message=error.message, allow_retry=error.allow_retry)
        return Failure("assistant_error", shown, detail=detail)
    if isinstance(error, StreamError):
        return Failure("stream_error", ErrorEvent(code=error.code, allow_retry=error.allow_retry))
    if isinstance(error, LogTooLarge):
        return Failure("answer_too_large", _says(N_("The answer grew too long.")), detail=detail)
    if isinstance(error, _GUARDRAILS):
        return Failure(
            "guardrail", _says(N_("This request can't be answered."), False), detail=detail
        )
    if isinstance(error, ModelRefusalError):
        return Failure("refused", _says(N_("The model declined to answer."), False), detail=detail)
    if isinstance(error, MaxTurnsExceeded):
        return Failure("max_turns", _says(N_("The answer took too many steps.")), detail=detail)
    passing = _passing(error)
    if passing is not None:
        return Failure(passing, _stock(), True, _retry_after(error), detail)
    return Failure(_final_code(error), _stock(), detail=detail)


def _passing(error: BaseException) -> str | None:
    """The name of a failure that the same request may not meet again; None for any other."""
    if isinstance(error, openai.APIStatusError):
        if error.status_code == 429:
            return "model_rate_limited"
        retryable = error.status_code >= 500 or error.status_code in RETRYABLE_STATUSES
        return "model_unavailable" if retryable else None
    if isinstance(error, openai.APIConnectionError | ModelTimeoutError):
        return "model_unreachable"
    if isinstance(error, ModelBehaviorError) and _NO_FINAL_RESPONSE in str(error):
        return "model_stream_cut"
    if isinstance(error, TurnstreamError) and error.retryable:
        return error.code
    if type(error).__module__.split(".")[0] in ("httpx2", "httpcore2"):
        return "model_unreachable"
    return None


def _final_code(error: BaseException) -> str:
    if isinstance(error, openai.APIStatusError):
        return f"model_http_{error.status_code}"
    if isinstance(error, AgentsException):
        return "agent_error"
    return "assistant_raised"


def _retry_after(error: BaseException) -> timedelta | None:
    """How long the server asked us to wait, if it did."""
    response: Any = getattr(error, "response", None)
    value = response.headers.get("retry-after") if response is not None else None
    try:
        return timedelta(seconds=float(value)) if value else None
    except ValueError:
        return None


def _says(message: str, allow_retry: bool = True) -> ErrorEvent:
    return ErrorEvent(code="custom", message=message, allow_retry=allow_retry)


def _stock() -> ErrorEvent:
    """What the stock server shows for an exception it does not know."""
    return ErrorEvent(code=ErrorCode.STREAM_ERROR, allow_retry=True)
