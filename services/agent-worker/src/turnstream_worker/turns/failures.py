"""What went wrong in a turn, and whether trying again helps: one table."""

from dataclasses import dataclass, replace
from datetime import timedelta

import httpx2
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

NO_FINAL_RESPONSE = "did not produce a final response"
"""How the SDK words a Responses stream that was cut; its class alone looks final."""


@dataclass(frozen=True)
class Failure:
    """A failure: its code, what the user sees, and whether trying again helps."""

    code: str
    event: ErrorEvent
    retryable: bool = False
    retry_after: timedelta | None = None
    detail: str = ""

    def localized(self, locale: str | None) -> "Failure":
        """The same failure in the user's language. The words of an app stay as they are."""
        if self.event.message is None:
            return self
        message = translator(negotiate(locale))(self.event.message)
        return replace(self, event=self.event.model_copy(update={"message": message}))

    def error(self) -> TurnError:
        """The failure as it is stored with the turn."""
        return TurnError(
            code=self.code,
            message=self.event.message,
            detail=self.detail[:2000],
            allow_retry=self.event.allow_retry,
            event=self.event.model_dump(mode="json", exclude_none=True),
        )


@dataclass(frozen=True)
class Rule:
    """What an exception means."""

    code: str
    message: str | None = None
    """For the user; None where ChatKit has words of its own."""
    allow_retry: bool = True
    """Whether the user is offered to try again."""
    retryable: bool = False
    """Whether the turn goes back to the queue: the same request may succeed later."""


_GUARDRAIL = Rule("guardrail", N_("This request can't be answered."), allow_retry=False)
_UNREACHABLE = Rule("model_unreachable", retryable=True)
_UNAVAILABLE = Rule("model_unavailable", retryable=True)

RULES: tuple[tuple[type[BaseException], Rule], ...] = (
    (LogTooLarge, Rule("answer_too_large", N_("The answer grew too long."))),
    (InputGuardrailTripwireTriggered, _GUARDRAIL),
    (OutputGuardrailTripwireTriggered, _GUARDRAIL),
    (ToolInputGuardrailTripwireTriggered, _GUARDRAIL),
    (ToolOutputGuardrailTripwireTriggered, _GUARDRAIL),
    (ModelRefusalError, Rule("refused", N_("The model declined to answer."), allow_retry=False)),
    (MaxTurnsExceeded, Rule("max_turns", N_("The answer took too many steps."))),
    (openai.APIConnectionError, _UNREACHABLE),
    (ModelTimeoutError, _UNREACHABLE),
    (httpx2.HTTPError, _UNREACHABLE),
    (httpx2.StreamError, _UNREACHABLE),
    (AgentsException, Rule("agent_error")),
    (BaseException, Rule("assistant_raised")),
)
"""The first row that fits counts."""

STATUS_RULES = {
    408: _UNAVAILABLE,
    409: _UNAVAILABLE,
    429: Rule("model_rate_limited", retryable=True),
}
"""Answers of a model server that ask for another try, as every 5xx does."""


def classify(error: BaseException) -> Failure:
    """The failure that an exception of an assistant means.

    The SDK wraps what a tool raises. The exception inside counts: that of a model, for example,
    which an agent used as a tool could not reach.
    """
    if isinstance(error, UserError) and error.__cause__ is not None:
        return classify(error.__cause__)
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, CustomStreamError):  # the app's own words
        shown = ErrorEvent(code="custom", message=error.message, allow_retry=error.allow_retry)
        return Failure("assistant_error", shown, detail=detail)
    if isinstance(error, StreamError):
        return Failure("stream_error", ErrorEvent(code=error.code, allow_retry=error.allow_retry))
    rule = _rule_of(error)
    retry_after = _retry_after(error) if rule.retryable else None
    return Failure(rule.code, _event(rule), rule.retryable, retry_after, detail)


def _rule_of(error: BaseException) -> Rule:
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        other = _UNAVAILABLE if status >= 500 else Rule(f"model_http_{status}")
        return STATUS_RULES.get(status, other)
    if isinstance(error, TurnstreamError) and error.retryable:
        return Rule(error.code, retryable=True)
    if isinstance(error, ModelBehaviorError) and NO_FINAL_RESPONSE in str(error):
        return Rule("model_stream_cut", retryable=True)
    return next(rule for kind, rule in RULES if isinstance(error, kind))


def _event(rule: Rule) -> ErrorEvent:
    if rule.message is None:  # what the stock server shows for an exception it does not know
        return ErrorEvent(code=ErrorCode.STREAM_ERROR, allow_retry=rule.allow_retry)
    return ErrorEvent(code="custom", message=rule.message, allow_retry=rule.allow_retry)


def _retry_after(error: BaseException) -> timedelta | None:
    """How long the server asked us to wait, if it did."""
    if not isinstance(error, openai.APIStatusError | httpx2.HTTPStatusError):
        return None
    value = error.response.headers.get("retry-after")
    try:
        return timedelta(seconds=float(value)) if value else None
    except ValueError:
        return None
