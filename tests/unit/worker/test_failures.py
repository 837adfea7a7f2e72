"""What an exception of an assistant means: its code, what the user reads, and another try."""

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
from turnstream.errors import NotFound, Unavailable
from turnstream_worker.output.log_writer import LogTooLarge
from turnstream_worker.turns.failures import NO_FINAL_RESPONSE, classify

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
    (Unavailable(), "unavailable"),
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
    (status(400), "model_http_400", CHATKITS_OWN, True),
    (status(401), "model_http_401", CHATKITS_OWN, True),
    (ModelBehaviorError("odd"), "agent_error", CHATKITS_OWN, True),
    (AgentsException("odd"), "agent_error", CHATKITS_OWN, True),
    (UserError("no such tool"), "agent_error", CHATKITS_OWN, True),
    (NotFound(), "assistant_raised", CHATKITS_OWN, True),
    (ValueError("oops"), "assistant_raised", CHATKITS_OWN, True),
]


@pytest.mark.parametrize(("error", "code"), RETRYABLE, ids=lambda value: str(value)[:40])
def test_what_may_pass_is_tried_again(error: Exception, code: str) -> None:
    """Nothing that the user reads names the cause; the operator's detail does."""
    failure = classify(error)

    assert (failure.code, failure.retryable) == (code, True)
    assert failure.event.message is None


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


@pytest.mark.parametrize(
    ("value", "wait"), [("3", timedelta(seconds=3)), ("soon", None), (None, None)]
)
def test_a_server_may_say_how_long_to_wait(value: str | None, wait: timedelta | None) -> None:
    """A value that is no number of seconds says nothing."""
    error = status(429, **({"retry-after": value} if value else {}))
    assert classify(error).retry_after == wait


def test_our_own_words_are_said_in_the_users_language_and_an_apps_are_not() -> None:
    """What is stored with the turn is what was shown."""
    ours = classify(MaxTurnsExceeded("10")).localized("zh-TW")
    theirs = classify(CustomStreamError("Closed.")).localized("zh-TW")

    assert ours.event.message not in (None, "The answer took too many steps.")
    assert ours.error().message == ours.event.message
    assert theirs.event.message == "Closed."
