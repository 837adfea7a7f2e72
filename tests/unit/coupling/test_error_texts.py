"""Texts of the SDK's errors that failures are told by: real runs raise them."""

import pytest
from agents import Agent, ModelBehaviorError, OpenAIResponsesModel, Runner
from turnstream_worker.failures.failure import classify

from tests.support.model_server import Fail, ModelServer, always, text
from tests.support.openai_client import openai_client
from tests.unit.coupling.private_names import takes


@takes("agents.did not produce a final response")
async def test_the_sdk_words_a_response_without_an_end_as_we_read_it() -> None:
    """Of a model that is not made strict: any other class than the SDK's two."""
    async with ModelServer(always(text("half ", "an answer").cut_after(1, clean=True))) as server:
        openai = openai_client(server.base_url)
        agent = Agent(name="a", model=OpenAIResponsesModel("m", openai))
        with pytest.raises(ModelBehaviorError) as caught:
            async for _ in Runner.run_streamed(agent, "hi").stream_events():
                pass

    assert classify(caught.value).code == "model_stream_cut"


@takes("agents.terminal event")
async def test_the_sdk_words_a_responses_failure_as_we_read_it() -> None:
    """Of a model that is not made strict, as above."""
    failing = text("half ", Fail("rate_limit_exceeded", "slow down"))
    async with ModelServer(always(failing)) as server:
        openai = openai_client(server.base_url)
        agent = Agent(name="a", model=OpenAIResponsesModel("m", openai))
        with pytest.raises(ModelBehaviorError) as caught:
            async for _ in Runner.run_streamed(agent, "hi").stream_events():
                pass

    assert classify(caught.value).code == "model_rate_limited"
