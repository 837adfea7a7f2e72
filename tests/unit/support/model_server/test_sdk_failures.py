"""Failures of the model server as the real Agents SDK sees them."""

from typing import Any

import openai
import pytest
from agents.exceptions import ModelBehaviorError, ModelRefusalError

from tests.support.model_server import (
    Cut,
    Fail,
    ModelServer,
    Step,
    always,
    first,
    queue,
    refusal,
    status,
    text,
)
from tests.support.model_server.request import ModelApi

from .runs import client, run

both_apis = pytest.mark.parametrize("api", ["responses", "chat_completions"])


@both_apis
async def test_429_first_then_success(api: ModelApi) -> None:
    """The first identical request fails with Retry-After, the next one is answered."""
    limited = status(429, {"Retry-After": "7"}, error="rate_limit_exceeded")
    async with ModelServer(first(1, limited, then=text("ok"))) as server:
        with pytest.raises(openai.RateLimitError) as failure:
            await run(api, server.base_url, "hi")
        result, _ = await run(api, server.base_url, "hi")

    assert failure.value.response.headers["Retry-After"] == "7"
    assert failure.value.code == "rate_limit_exceeded"
    assert result.final_output == "ok"


@both_apis
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (500, openai.InternalServerError),
    ],
)
async def test_http_errors_raise_their_class(
    api: ModelApi, code: int, error: type[openai.APIStatusError]
) -> None:
    """A status step surfaces as the client's own exception for it."""
    async with ModelServer(always(status(code))) as server:
        with pytest.raises(error):
            await run(api, server.base_url, "hi")


@both_apis
@pytest.mark.parametrize("step", [text("a", "b", "c").cut_after(2), text("a", "b") + Cut()])
async def test_a_torn_stream_is_a_connection_error(api: ModelApi, step: Step) -> None:
    """A socket closed in the middle of the body reaches the caller as an error."""
    async with ModelServer(always(step)) as server:
        with pytest.raises(Exception, match=r"incomplete|closed|disconnected|Connection"):
            await run(api, server.base_url, "hi")

    assert server.calls[0].deltas == 2
    assert server.calls[0].cut
    assert not server.calls.ended()


async def test_a_clean_cut_of_responses_lacks_the_final_response() -> None:
    """A body that ends properly but without terminal event is what the SDK calls misbehaviour."""
    async with ModelServer(always(text("a", "b").cut_after(1, clean=True))) as server:
        with pytest.raises(ModelBehaviorError):
            await run("responses", server.base_url, "hi")


async def test_a_clean_cut_of_chat_completions_passes_as_an_answer() -> None:
    """The SDK takes a chat stream without finish reason for complete: the trap to guard against."""
    async with ModelServer(always(text("a", "b").cut_after(1, clean=True))) as server:
        result, _ = await run("chat_completions", server.base_url, "hi")

    assert result.final_output == "a"
    assert not server.calls.ended()


@both_apis
async def test_an_error_inside_the_stream_fails_the_run(api: ModelApi) -> None:
    """`Fail` is the terminal event of the stream, and the run raises."""
    async with ModelServer(always(text("a", Fail("server_error", "overloaded")))) as server:
        with pytest.raises((ModelBehaviorError, openai.APIError)):
            await run(api, server.base_url, "hi")

    assert server.calls.ended()


@both_apis
async def test_a_refusal_is_a_refusal(api: ModelApi) -> None:
    """A refusal step makes the SDK raise its refusal error."""
    async with ModelServer(always(refusal("I will ", "not."))) as server:
        with pytest.raises(ModelRefusalError):
            await run(api, server.base_url, "hi")


async def test_length_ends_a_response_as_incomplete() -> None:
    """`finishing("length")` closes a Response with `response.incomplete` and its reason."""
    async with ModelServer(always(text("cut sho").finishing("length"))) as server:
        stream = await client(server.base_url).responses.create(model="m", input="hi", stream=True)
        events = [event async for event in stream]

    last: Any = events[-1]
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details.reason == "max_output_tokens"


async def test_length_ends_a_completion_with_its_finish_reason() -> None:
    """`finishing("length")` is the finish reason of the last chunk that has a choice."""
    async with ModelServer(always(text("cut sho").finishing("length"))) as server:
        stream = await client(server.base_url).chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        reasons = [chunk.choices[0].finish_reason async for chunk in stream]

    assert reasons[-1] == "length"


async def test_a_script_without_an_answer_says_so() -> None:
    """An exhausted queue is a server error with the reason in it."""
    async with ModelServer(queue(text("only"))) as server:
        await run("responses", server.base_url, "one")
        with pytest.raises(openai.InternalServerError, match="only 1 answers"):
            await run("responses", server.base_url, "two")
