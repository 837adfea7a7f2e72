"""What an exception of an assistant means for its turn: the kind, and all that an operator needs.

`kinds` has the kinds, `model_faults` tells which one a model server reported.
"""

from dataclasses import dataclass, field, replace
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
from turnstream.contracts.turns import FailureCause, TurnError
from turnstream.errors import (
    BudgetExhausted,
    CredentialsUnreadable,
    TurnstreamError,
    WorkflowNotFound,
)
from turnstream.i18n import negotiate, translator
from turnstream.logs import words

from turnstream_worker.attempt import Attempt
from turnstream_worker.dialects.errors import (
    ContentRefused,
    CutByLength,
    EmptyAnswer,
    UnreadableAnswer,
)
from turnstream_worker.failures import kinds as kinds
from turnstream_worker.failures.code_locations import location_of_error
from turnstream_worker.failures.kinds import Kind
from turnstream_worker.failures.model_faults import kind_of
from turnstream_worker.failures.model_reports import ModelReport, report_of, server_of
from turnstream_worker.failures.scrubbing import LONGEST, scrubbed, texts_of
from turnstream_worker.models.keyless import NoModel
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
    """How long the model server asks to wait, as it said it: a limit is the caller's."""
    detail: str = ""
    cause: FailureCause = field(default_factory=FailureCause)
    trace: str = ""
    """Where an app's exception came from, line by line; empty for a model server's report."""

    def localized(self, locale: str | None) -> "Failure":
        """The same failure in the user's language. The words of an app stay as they are."""
        if self.event.message is None:
            return self
        message = translator(negotiate(locale))(self.event.message)
        return replace(self, event=self.event.model_copy(update={"message": message}))

    def of(self, attempt: Attempt) -> "Failure":
        """The same failure with what the attempt knows of it, and without what its user said."""
        asked, users_texts = attempt.asked, texts_of(attempt.claimed.request)
        cause = self.cause.model_copy(
            update={
                "attempt": attempt.number,
                "provider_message": scrubbed(self.cause.provider_message, users_texts),
                "caused_by": scrubbed(self.cause.caused_by, users_texts),
                "request_id": self.cause.request_id or asked.request_id,
                "model": self.cause.model or asked.model,
                "host": self.cause.host or asked.host,
            }
        )
        detail, trace = scrubbed(self.detail, users_texts), scrubbed(self.trace, users_texts)
        return replace(self, cause=cause, detail=detail, trace=trace)

    def facts(self, attempt: Attempt) -> dict[str, object]:
        """All that is known of the failure, as the key-values of a log line."""
        facts: dict[str, object] = {
            "turn_id": attempt.turn_id,
            "thread_id": attempt.thread_id,
            **self.cause.model_dump(exclude_defaults=True),
            "attempt": attempt.number,
            "code": self.code,
            "detail": self.detail,
        }
        if not words.are_shown():  # they are with the turn, in the store
            facts = {name: fact for name, fact in facts.items() if name not in _WORDS}
        return facts | {"stack": self.trace} if self.trace else facts

    def error(self) -> TurnError:
        """The failure as it is stored with the turn."""
        return TurnError(
            code=self.code,
            message=self.event.message,
            detail=self.detail,
            allow_retry=self.event.allow_retry,
            event=self.event.model_dump(mode="json", exclude_none=True),
            cause=self.cause,
        )


KINDS: tuple[tuple[type[BaseException], Kind], ...] = (
    (WorkflowNotFound, kinds.WORKFLOW_NOT_FOUND),
    (BudgetExhausted, kinds.BUDGET_EXHAUSTED),
    (CredentialsUnreadable, kinds.CREDENTIALS_UNREADABLE),
    (LogTooLarge, kinds.ANSWER_TOO_LARGE),
    (InputGuardrailTripwireTriggered, kinds.GUARDRAIL),
    (OutputGuardrailTripwireTriggered, kinds.GUARDRAIL),
    (ToolInputGuardrailTripwireTriggered, kinds.GUARDRAIL),
    (ToolOutputGuardrailTripwireTriggered, kinds.GUARDRAIL),
    (ModelRefusalError, kinds.REFUSED),
    (MaxTurnsExceeded, kinds.MAX_TURNS),
    (UnreadableAnswer, kinds.UNREADABLE),
    (EmptyAnswer, kinds.EMPTY_ANSWER),
    (CutByLength, kinds.CUT_BY_LENGTH),
    (openai.LengthFinishReasonError, kinds.CUT_BY_LENGTH),
    (ContentRefused, kinds.CONTENT_FILTERED),
    (openai.ContentFilterFinishReasonError, kinds.CONTENT_FILTERED),
    (NoModel, kinds.NOT_SET_UP),
    (openai.APIResponseValidationError, kinds.UNREADABLE),
    (openai.APIConnectionError, kinds.UNREACHABLE),
    (ModelTimeoutError, kinds.UNREACHABLE),
    (httpx2.HTTPError, kinds.UNREACHABLE),
    (httpx2.StreamError, kinds.UNREACHABLE),
    (AgentsException, kinds.AGENT_ERROR),
    (BaseException, kinds.ASSISTANT_RAISED),
)
"""What an exception means that is not a model server's report. The first row that fits counts."""

_WORDS = ("detail", "provider_message", "caused_by")
"""Fields that quote an exception or a model server."""
_APPS_OWN = (kinds.AGENT_ERROR, kinds.ASSISTANT_RAISED)
"""Kinds for which the stack says more than the message."""


def failure_of(kind: Kind, detail: str = "") -> Failure:
    """A failure of a kind that no exception stands for."""
    return Failure(kind.code, _event(kind), kind.retried, detail=detail)


def classify(error: BaseException) -> Failure:
    """The failure that an exception of an assistant means.

    The SDK wraps what a tool raises. The exception inside counts: that of a model, for example,
    which an agent used as a tool could not reach. In a group, the first failure that a retry
    cannot fix counts.
    """
    if isinstance(error, UserError) and error.__cause__ is not None:
        return classify(error.__cause__)
    if isinstance(error, BaseExceptionGroup):
        failures = [classify(each) for each in error.exceptions]
        return next((each for each in failures if not each.retryable), failures[0])
    detail = _detail(error)
    if isinstance(error, CustomStreamError):  # the app's own words
        shown = ErrorEvent(code="custom", message=error.message, allow_retry=error.allow_retry)
        return Failure("assistant_error", shown, detail=detail, cause=_cause(error))
    if isinstance(error, StreamError):
        shown = ErrorEvent(code=error.code, allow_retry=error.allow_retry)
        return Failure("stream_error", shown, detail=detail, cause=_cause(error))
    report = None if _is_named(error) else report_of(error)
    if report is not None:
        kind = kind_of(report)
        wait = report.wait if kind.retried else None
        cause = _reported(error, report)
        return Failure(kind.code, _event(kind), kind.retried, wait, detail, cause)
    kind = _kind_by_class(error)
    if kind is kinds.ASSISTANT_RAISED and isinstance(error, TurnstreamError) and error.retryable:
        kind = Kind(error.code, retried=True)
    wait = _wait(error) if kind.retried else None
    trace = _trace(error) if kind in _APPS_OWN else ""
    return Failure(kind.code, _event(kind), kind.retried, wait, detail, _cause(error), trace)


def _is_named(error: BaseException) -> bool:
    """True for a class of a client that has an answer's status and means no refusal."""
    return isinstance(error, openai.APIResponseValidationError)


def _kind_by_class(error: BaseException) -> Kind:
    if isinstance(error, ModelBehaviorError) and NO_FINAL_RESPONSE in str(error):
        return kinds.STREAM_CUT
    return next(kind for each, kind in KINDS if isinstance(error, each))


def _wait(error: BaseException) -> timedelta | None:
    """The wait that a failure of ours asks for."""
    seconds = error.retry_after if isinstance(error, TurnstreamError) else None
    return timedelta(seconds=seconds) if seconds is not None else None


def _event(kind: Kind) -> ErrorEvent:
    if kind.message is None:  # what the stock server shows for an exception it does not know
        return ErrorEvent(code=ErrorCode.STREAM_ERROR, allow_retry=kind.allow_retry)
    return ErrorEvent(code="custom", message=kind.message, allow_retry=kind.allow_retry)


def _detail(error: BaseException) -> str:
    return scrubbed(f"{type(error).__name__}: {error}")


def _cause(error: BaseException) -> FailureCause:
    host, model = server_of(error)
    return FailureCause(
        exception=type(error).__name__,
        caused_by=_detail(error.__cause__) if error.__cause__ else "",
        where=location_of_error(error),
        model=model,
        host=host,
    )


def _reported(error: BaseException, report: ModelReport) -> FailureCause:
    return FailureCause(
        exception=type(error).__name__,
        status=report.status,
        provider_code=" ".join(report.codes),
        provider_message=scrubbed(report.message),
        request_id=report.request_id,
        model=report.model,
        host=report.host,
    )


def _trace(error: BaseException) -> str:
    """The innermost lines of the stack."""
    return scrubbed(words.stack(error)[-LONGEST:])
