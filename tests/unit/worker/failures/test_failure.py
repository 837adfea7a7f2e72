"""What an exception of an assistant means: its code, what the user reads, and another try."""

import asyncio
import json
import time
from datetime import timedelta

import httpx2
import openai
import pytest
from agents.exceptions import (
    AgentsException,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    ModelRefusalError,
    ModelTimeoutError,
    ToolOutputGuardrailTripwireTriggered,
    UserError,
)
from chatkit.errors import CustomStreamError, ErrorCode, StreamError
from turnstream.errors import NotFound, Unavailable, WorkflowNotFound
from turnstream_worker.attempt import ModelOrigin
from turnstream_worker.dialects.errors import (
    ContentRefused,
    CutByLength,
    EmptyAnswer,
    UnreadableAnswer,
    UpstreamFault,
)
from turnstream_worker.failures import kinds as kinds
from turnstream_worker.failures.failure import NO_FINAL_RESPONSE, classify
from turnstream_worker.models.keyless import NoModel
from turnstream_worker.output.log_writer import LogTooLarge

from tests.unit.worker.attempts import an_attempt

REQUEST = httpx2.Request("POST", "http://model.test/v1/responses")
CHATKITS_OWN = None
"""ChatKit shows words of its own."""


def status(code: int, **headers: str) -> openai.APIStatusError:
    """A model server's refusal."""
    response = httpx2.Response(code, headers=headers, request=REQUEST)
    return openai.APIStatusError("no", response=response, body=None)


def bare(kind: type[BaseException]) -> BaseException:
    """An exception of the SDK, without what it tells: only its type counts."""
    return kind.__new__(kind)


def around(cause: Exception) -> UserError:
    """What the SDK raises around an exception out of a tool."""
    error = UserError("Error running tool")
    error.__cause__ = cause
    return error


RETRYABLE = [
    (status(429), "model_rate_limited"),
    (status(408), "model_unavailable"),
    (status(409), "model_unavailable"),
    (status(500), "model_unavailable"),
    (status(529), "model_unavailable"),
    (openai.APIConnectionError(request=REQUEST), "model_unreachable"),
    (openai.APITimeoutError(request=REQUEST), "model_unreachable"),
    (bare(ModelTimeoutError), "model_unreachable"),
    (httpx2.ReadError("cut"), "model_unreachable"),
    (httpx2.StreamClosed(), "model_unreachable"),
    (ModelBehaviorError(f"The model {NO_FINAL_RESPONSE}."), "model_stream_cut"),
    (UnreadableAnswer("<html>"), "model_unreadable"),
    (Unavailable(), "unavailable"),
    (WorkflowNotFound(), "workflow_not_found"),
    (around(status(503)), "model_unavailable"),
]

FINAL = [
    (LogTooLarge("turn_1"), "answer_too_large", "The answer grew too long.", True),
    (
        bare(InputGuardrailTripwireTriggered),
        "guardrail",
        "This request can't be answered.",
        False,
    ),
    (
        bare(ToolOutputGuardrailTripwireTriggered),
        "guardrail",
        "This request can't be answered.",
        False,
    ),
    (ModelRefusalError("no"), "refused", "The model declined to answer.", False),
    (MaxTurnsExceeded("10"), "max_turns", "The answer took too many steps.", True),
    (CustomStreamError("Closed.", allow_retry=False), "assistant_error", "Closed.", False),
    (status(400), "model_request_refused", kinds.REQUEST_REFUSED.message, False),
    (status(401), "model_key_refused", kinds.KEY_REFUSED.message, False),
    (NoModel("none"), "model_not_set_up", kinds.NOT_SET_UP.message, False),
    (CutByLength(), "answer_cut_by_length", kinds.CUT_BY_LENGTH.message, False),
    (ContentRefused(), "content_filtered", kinds.CONTENT_FILTERED.message, False),
    (EmptyAnswer(), "empty_answer", kinds.EMPTY_ANSWER.message, True),
    (ModelBehaviorError("odd"), "agent_error", CHATKITS_OWN, True),
    (AgentsException("odd"), "agent_error", CHATKITS_OWN, True),
    (UserError("no such tool"), "agent_error", CHATKITS_OWN, True),
    (NotFound(), "assistant_raised", CHATKITS_OWN, True),
    (ValueError("oops"), "assistant_raised", CHATKITS_OWN, True),
]


@pytest.mark.parametrize(("error", "code"), RETRYABLE, ids=lambda value: str(value)[:40])
def test_what_may_pass_is_tried_again(error: Exception, code: str) -> None:
    """The user, told so only when every attempt has failed, is offered another."""
    failure = classify(error)

    assert (failure.code, failure.retryable) == (code, True)
    assert failure.event.allow_retry


@pytest.mark.parametrize(
    ("error", "code", "message", "may_retry"), FINAL, ids=lambda value: str(value)[:40]
)
def test_what_would_fail_again_is_final(
    error: Exception, code: str, message: str | None, may_retry: bool
) -> None:
    """The user reads why where we know it, and is offered another try where that may help."""
    failure = classify(error)

    assert (failure.code, failure.retryable) == (code, False)
    assert (failure.event.message, failure.event.allow_retry) == (message, may_retry)


def test_an_error_that_the_app_chose_keeps_its_code_and_its_offer() -> None:
    """ChatKit has words for the code."""
    failure = classify(StreamError(ErrorCode.STREAM_ERROR, allow_retry=False))

    assert (failure.event.code, failure.event.allow_retry) == (ErrorCode.STREAM_ERROR, False)
    assert not failure.retryable


def test_only_what_is_tried_again_waits() -> None:
    """A refusal that says when to come back is a refusal all the same."""
    assert classify(status(429, **{"retry-after": "3"})).retry_after == timedelta(seconds=3)
    assert classify(status(403, **{"retry-after": "3"})).retry_after is None


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([status(503)], "model_unavailable"),
        ([status(503), status(429)], "model_unavailable"),
        ([status(503), status(401)], "model_key_refused"),
        ([ExceptionGroup("inner", [status(503)]), ValueError("oops")], "assistant_raised"),
    ],
)
def test_of_a_group_of_exceptions_the_gravest_counts(members: list[Exception], code: str) -> None:
    """A task group raises one of what its tasks raised; another try must mend all of it."""
    assert classify(ExceptionGroup("several", members)).code == code


@pytest.mark.parametrize(
    "raised", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()]
)
def test_whatever_an_app_raises_is_a_failure_of_its_turn(raised: BaseException) -> None:
    failure = classify(raised)
    assert (failure.code, failure.retryable) == ("assistant_raised", False)
    assert failure.cause.exception == type(raised).__name__


def fails_deep_inside() -> None:
    """An app's function that calls a library with what it can't take."""
    json.loads("no JSON")


def test_the_operator_learns_which_function_of_the_app_failed() -> None:
    """Not the function of a library that it called."""
    with pytest.raises(json.JSONDecodeError) as raised:
        fails_deep_inside()
    failure = classify(raised.value)

    module = f"{__name__}:fails_deep_inside (test_failure.py:"
    assert failure.cause.where.startswith(module)
    assert "json.loads" in failure.trace


def test_a_connection_error_tells_what_caused_it() -> None:
    """By itself it says no more than "Connection error."."""
    error = openai.APIConnectionError(request=REQUEST)
    error.__cause__ = httpx2.ConnectError("Name or service not known")

    failure = classify(error)

    assert failure.cause.caused_by == "ConnectError: Name or service not known"
    assert failure.cause.host == "model.test"


def test_an_attempt_adds_what_it_knows_and_takes_out_what_its_user_said() -> None:
    """A server may quote the message that it refused."""
    said = "my secret plan for the party"
    content = [{"type": "input_text", "text": said}]
    attempt = an_attempt(
        2, request={"type": "threads.create", "params": {"input": {"content": content}}}
    )
    attempt.asked = ModelOrigin("gpt-5", "api.test", "req_9")

    failure = classify(UpstreamFault(f"can't answer {said}", status=400)).of(attempt)

    assert said not in str(failure.error()) + str(failure.facts(attempt))
    facts = failure.facts(attempt)
    assert facts["turn_id"] == "turn_1"
    assert (facts["attempt"], facts["code"], facts["status"]) == (2, "model_request_refused", 400)
    assert (facts["model"], facts["host"], facts["request_id"]) == ("gpt-5", "api.test", "req_9")


def test_our_own_words_are_said_in_the_users_language_and_an_apps_are_not() -> None:
    """What is stored with the turn is what was shown."""
    ours = classify(MaxTurnsExceeded("10")).localized("zh-TW")
    theirs = classify(CustomStreamError("Closed.")).localized("zh-TW")

    assert ours.event.message not in (None, "The answer took too many steps.")
    assert ours.error().message == ours.event.message
    assert theirs.event.message == "Closed."


class OtherClientsError(Exception):
    """What a client raises that is generated like OpenAI's: Anthropic's, Groq's and others."""

    def __init__(self, status_code: int, body: object, **headers: str) -> None:
        super().__init__("refused")
        self.status_code, self.body = status_code, body
        self.response = httpx2.Response(status_code, headers=headers, request=REQUEST)


def test_an_answer_to_another_makers_client_means_the_same() -> None:
    """It is known by the status and the body that it holds."""
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    failure = classify(OtherClientsError(529, body, **{"request-id": "req_1", "retry-after": "7"}))

    assert (failure.code, failure.retryable) == ("model_unavailable", True)
    assert failure.retry_after == timedelta(seconds=7)
    assert (failure.cause.request_id, failure.cause.host) == ("req_1", "model.test")


def test_a_page_instead_of_an_answer_is_looked_at_in_no_time() -> None:
    """A proxy may send megabytes, and errors within errors without end."""
    body: dict[str, object] = {"message": "deep"}
    for _ in range(500):
        body = {"error": body}
    began = time.process_time()
    classify(OtherClientsError(500, body))
    failure = classify(OtherClientsError(500, "<p>'content': '" * 10**6))

    assert time.process_time() - began < 1
    assert len(failure.cause.provider_message) <= 2000
