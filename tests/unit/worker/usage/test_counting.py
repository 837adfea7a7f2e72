"""What a turn uses of models and tools: counted once, priced, and held against its budget."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from agents import Agent, OpenAIResponsesModel, Runner, Tool, function_tool
from openai import APIConnectionError
from turnstream.contracts.operating.usage import UsageGrouping, UsageQuery, UsageSum
from turnstream.errors import BudgetExhausted
from turnstream.testing import Limits, MemoryStore
from turnstream_worker.models.settings import ModelPrice
from turnstream_worker.replay.install import install
from turnstream_worker.replay.journal import current_journal
from turnstream_worker.usage.counting import Tokens, estimated, tokens_of
from turnstream_worker.usage.prices import Prices

from tests.support.model_server import ModelServer, always, text
from tests.support.openai_client import openai_client
from tests.support.turns import ANN
from tests.unit.worker.journaling import begin_attempt, end_attempts
from tests.unit.worker.responses_host import CALL, MESSAGE, Json, ResponsesHost, response


@pytest.fixture(autouse=True)
def _without_attempts() -> Iterator[None]:
    install()
    yield
    end_attempts()


@function_tool
def work() -> str:
    """Work."""
    return "done"


def agent_of(host: ResponsesHost, *tools: Tool) -> Agent[Any]:
    model = OpenAIResponsesModel("m", host.client())
    return Agent[Any](name="clerk", model=model, tools=list(tools))


async def used(store: MemoryStore, *by: UsageGrouping) -> list[UsageSum]:
    journal = current_journal.get()
    assert journal is not None
    await journal.committed()
    now, day = datetime.now(UTC), timedelta(days=1)
    query = UsageQuery(since=now - day, until=now + day, by=by or (UsageGrouping.DAY,))
    return (await store.usage.of_user(ANN, query)).data


async def run(agent: Agent[Any], *, streamed: bool) -> None:
    if not streamed:
        await Runner.run(agent, "go")
        return
    async for _ in Runner.run_streamed(agent, "go").stream_events():
        pass


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_call_is_counted_once_however_often_its_answer_is_played_back(
    streamed: bool,
) -> None:
    """The worker dies behind a tool, twice; the calls were bought once each."""
    store = MemoryStore()
    for number, answers in enumerate([[response(CALL)], [], [response(MESSAGE)]], 1):
        await begin_attempt(store, number)
        agent = agent_of(ResponsesHost(*answers), work)
        if number < 3:
            with pytest.raises(APIConnectionError):
                await run(agent, streamed=streamed)
        else:
            await run(agent, streamed=streamed)

    [each] = await used(store, UsageGrouping.AGENT, UsageGrouping.MODEL)
    assert (each.agent, each.model) == ("clerk", "m")
    assert (each.calls, each.played_back, each.estimated) == (2, 2, 0)
    assert (each.input_tokens, each.output_tokens) == (2, 2)


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_server_that_counts_nothing_is_counted_by_the_size_of_its_texts(
    streamed: bool,
) -> None:
    """And the count says that it is estimated."""
    store, answer = MemoryStore(), response(MESSAGE)
    del answer["usage"]
    await begin_attempt(store, 1)
    await run(agent_of(ResponsesHost(answer)), streamed=streamed)

    [each] = await used(store)
    assert (each.calls, each.estimated) == (1, 1)
    assert each.input_tokens > 0


async def test_an_answer_that_was_cut_off_is_counted_and_the_next_attempt_knows() -> None:
    """Both calls were bought: the one that nobody heard out, and the one that ended."""
    store = MemoryStore(Limits(turn_max_tokens=10**6))
    await begin_attempt(store, 1)
    async with ModelServer(always(text("half ", "an answer").cut_after(1, clean=True))) as server:
        model = OpenAIResponsesModel("m", openai_client(server.base_url))
        with pytest.raises(APIConnectionError):
            await run(Agent[Any](name="clerk", model=model), streamed=True)

    await begin_attempt(store, 2)
    await Runner.run(agent_of(ResponsesHost(response(MESSAGE))), "go")

    [each] = await used(store)
    assert (each.calls, each.estimated) == (2, 1)
    journal = current_journal.get()
    assert journal is not None
    assert journal.meter.tokens == each.input_tokens + each.output_tokens


async def test_a_call_that_never_reached_its_server_costs_nothing() -> None:
    """It was refused before anything was bought."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    with pytest.raises(APIConnectionError):
        await Runner.run(agent_of(ResponsesHost()), "go")

    assert await used(store) == []


@pytest.mark.parametrize("streamed", [True, False])
async def test_no_model_is_asked_beyond_the_tokens_of_a_turn(streamed: bool) -> None:
    """The answer before it counts; what the worker that died had bought counts, too."""
    big = deepcopy(response(CALL))
    big["usage"]["output_tokens"] = 900
    store = MemoryStore(Limits(turn_max_tokens=1000))
    host, turn = ResponsesHost(big), await begin_attempt(store, 1)
    with pytest.raises(APIConnectionError):
        await run(agent_of(host, work), streamed=streamed)
    assert len(host.bodies) == 2

    turn = await begin_attempt(store, 2)
    big["output"] = [{**CALL, "call_id": "call_2", "id": "fc_2"}]
    host = ResponsesHost(big, response(MESSAGE))
    with pytest.raises(BudgetExhausted):
        await run(agent_of(host, work), streamed=streamed)

    assert len(host.bodies) == 1
    assert "tokens" in turn.exhausted


async def test_no_tool_is_called_beyond_the_calls_of_a_turn() -> None:
    """The others of the same answer end as usual, and then the turn does."""
    done: list[str] = []

    @function_tool
    def count() -> str:
        """Count."""
        done.append("call")
        return "counted"

    asked = [{**CALL, "name": "count", "call_id": f"call_{n}", "id": f"fc_{n}"} for n in range(3)]
    store = MemoryStore(Limits(turn_max_tool_calls=2))
    turn = await begin_attempt(store, 1)
    host = ResponsesHost(response(*asked), response(MESSAGE))
    with pytest.raises(BudgetExhausted):
        await Runner.run(agent_of(host, count), "go")

    assert len(done) == 2
    assert len(host.bodies) == 1
    assert "tool calls" in turn.exhausted


async def test_a_turn_asks_no_model_after_its_time() -> None:
    """The time counts from the beginning of the attempt."""
    store = MemoryStore(Limits(turn_max_time=timedelta(seconds=30)))
    turn = await begin_attempt(store, 1)
    turn.began -= 31
    host = ResponsesHost(response(MESSAGE))
    with pytest.raises(BudgetExhausted):
        await Runner.run(agent_of(host), "go")

    assert host.bodies == []


def test_counts_that_are_none_are_zero() -> None:
    """Whatever a server sends in their place; and a part is never more than its whole."""
    odd: Json = {
        "input_tokens": 10,
        "output_tokens": "many",
        "input_tokens_details": {"cached_tokens": 99, "audio_tokens": None},
        "output_tokens_details": None,
    }
    assert tokens_of(odd) == Tokens(input_tokens=10, cached_input_tokens=10)
    assert tokens_of(None) is None
    assert tokens_of({"input_tokens": 0, "output_tokens": -5}) is None


def test_a_picture_inside_a_request_counts_as_a_picture_and_not_as_text() -> None:
    """Its bytes are not words."""
    picture = {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 1_000_000}
    asked = [{"role": "user", "content": [picture, {"type": "input_text", "text": "x" * 400}]}]
    assert 1_000 < estimated(asked).input_tokens < 1_200


async def test_an_operators_own_price_comes_first_and_others_are_looked_up() -> None:
    """The prices of `genai-prices` count for the hosts that it knows; the rest has none."""
    own = {"gpt-5-mini": ModelPrice(input=1, cached_input=0.5, output=2)}
    tokens = Tokens(input_tokens=1_000_000, cached_input_tokens=500_000, output_tokens=1_000_000)
    official = "api.openai.com"

    assert await Prices(own).cost("gpt-5-mini", official, tokens) == 2_750_000
    assert await Prices({"*": own["gpt-5-mini"]}).cost("any", "", tokens) == 2_750_000
    looked_up = await Prices({}).cost("gpt-5-mini", official, tokens)
    assert looked_up is not None
    assert looked_up > 2_000_000
    assert await Prices({}).cost("gpt-5-mini", "llm.example", tokens) is None
    assert await Prices({}).cost("no-such-model", official, tokens) is None


async def test_a_model_inside_the_network_has_no_public_price() -> None:
    """The list of prices is not even loaded for it."""
    prices = Prices({})
    for host in ("127.0.0.1:8000", "vllm:8000", "localhost"):
        prices.prepare("gpt-5-mini", host)
        assert await prices.cost("gpt-5-mini", host, Tokens(input_tokens=1)) is None
    assert prices._loading is None
