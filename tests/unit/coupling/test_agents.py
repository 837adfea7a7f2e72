"""The Agents SDK: what is replaced is still called, and what is read is still there."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import fields
from typing import Any

import pytest
from agents import (
    Agent,
    FunctionTool,
    Model,
    ModelProvider,
    MultiProvider,
    OpenAIChatCompletionsModel,
    OpenAIProvider,
    OpenAIResponsesModel,
    Runner,
    RunState,
    Usage,
    function_tool,
)
from agents.mcp import MCPServerStreamableHttp, MCPUtil
from agents.run import AgentRunner, get_default_agent_runner, set_default_agent_runner
from agents.run_internal.run_steps import ProcessedResponse
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from agents.tool_context import ToolContext
from openai import APIConnectionError, AsyncOpenAI
from pydantic import BaseModel
from turnstream_worker.sdk.agents_facts import (
    FAKE_RESPONSES_ID,
    is_agent_tool,
    is_mcp_tool,
    is_sdk_default,
    read_by_model,
    responses_of,
)
from turnstream_worker.sdk.agents_hooks import InvokeTool, ToolOutcome, wrap_models, wrap_tools
from turnstream_worker.sdk.models.complete_answers import complete_answers, host_of
from turnstream_worker.sdk.models.model_answers import items_data, usage_data, usage_from
from turnstream_worker.sdk.models.model_proxy import ModelProxy
from turnstream_worker.sdk.native_tools import NativeCall, wrap_native_tools
from turnstream_worker.sdk.paused_states import load_paused_states
from turnstream_worker.sdk.runner import AppRunner, app_runner

from tests.support.mcp.server import server_of, serving
from tests.support.model_server import ModelServer, always, text
from tests.support.openai_client import openai_client
from tests.unit.coupling.private_names import takes
from tests.unit.worker.replay.test_native_tools import KINDS, calling
from tests.unit.worker.responses_host import CALL, MESSAGE, REASONING, ResponsesHost, response


@pytest.fixture(autouse=True)
def _own_hooks() -> Iterator[None]:
    """The runner of before, and no wrapping, for anyone who comes next."""
    runner = get_default_agent_runner()
    set_default_agent_runner(None)
    yield
    set_default_agent_runner(runner)
    wrap_models(lambda _, model: model)
    wrap_tools(lambda invoke: invoke)
    wrap_native_tools(lambda _, run: run())


@function_tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"rain in {city}"


def calls_weather() -> ScriptedModel:
    call = function_call("weather", {"city": "Paris"}, call_id="call_1")
    return ScriptedModel([ModelStep(output=[call]), says("done")])


def says(words: str) -> ModelStep:
    return ModelStep(output=[assistant_message(words)])


@takes("agents.run_internal.run_loop.get_model")
async def test_every_model_of_a_run_comes_from_the_function_we_replace() -> None:
    asked = []

    def wrap(agent: str, model: Model) -> Model:
        asked.append(agent)
        return model

    wrap_models(wrap)
    inner = Agent(name="inner", model=ScriptedModel([says("inside")])).as_tool("ask", "Asks.")
    outer = ScriptedModel(
        [ModelStep(output=[function_call("ask", {"input": "x"}, call_id="c")]), says("done")]
    )
    await Runner.run(Agent(name="outer", model=outer, tools=[inner]), "hello")
    streamed = Runner.run_streamed(Agent(name="streamed", model=ScriptedModel([says("x")])), "hi")
    async for _ in streamed.stream_events():
        pass

    assert asked == ["outer", "inner", "outer", "streamed"]


@takes(
    "agents.run_internal.tool_execution._invoke_function_tool_with_metadata",
    "agents.tool._FunctionToolInvocationResult",
)
async def test_every_function_tool_is_run_by_the_function_we_replace() -> None:
    """And takes the outcome that we make in its place."""
    seen: list[ToolOutcome] = []

    def wrap(invoke: InvokeTool) -> InvokeTool:
        async def wrapped(
            *, function_tool: FunctionTool, context: ToolContext[Any], arguments: str
        ) -> ToolOutcome:
            seen.append(
                await invoke(function_tool=function_tool, context=context, arguments=arguments)
            )
            return ToolOutcome("sun", False)

        return wrapped

    wrap_tools(wrap)
    model = calls_weather()
    await Runner.run(Agent(name="a", model=model, tools=[weather]), "hello")

    assert [(each.output, each.is_sdk_generated_error) for each in seen] == [
        ("rain in Paris", False)
    ]
    assert "sun" in str(model.calls[1].input)


@takes(
    "agents.run_internal.tool_actions.ApplyPatchAction.execute",
    "agents.run_internal.tool_actions.ComputerAction.execute",
    "agents.run_internal.tool_actions.CustomToolAction.execute",
    "agents.run_internal.tool_actions.LocalShellAction.execute",
    "agents.run_internal.tool_actions.ShellAction.execute",
    "agents.run_internal.tool_actions.ComputerAction._execute_action_and_capture",
)
@pytest.mark.parametrize(
    "kind", ["shell, text", "local shell", "patch, new file", "custom", "computer"]
)
async def test_every_other_tool_is_run_by_a_function_we_replace(kind: str) -> None:
    """And takes the outcome that we make in its place."""
    steps: list[NativeCall] = []

    async def run_step(call: NativeCall, run: Callable[[], Awaitable[object]]) -> object:
        steps.append(call)
        await run()
        return "made up"

    wrap_native_tools(run_step)
    call, tool = KINDS[kind]
    host = ResponsesHost(calling(call))
    agent = Agent(name="a", model=OpenAIResponsesModel("m", host.client()), tools=[tool()])
    with pytest.raises(APIConnectionError):
        await Runner.run(agent, "go")

    assert [(step.call_id, step.step) for step in steps] == [("call_1", 0)]
    assert b"made up" in host.bodies[1]


def test_the_sdk_runs_no_other_kind_of_tool_itself() -> None:
    """A new one in this table goes into `sdk/native_tools.py` too."""
    run = {field.name for field in fields(ProcessedResponse) if "ToolRun" in str(field.type)}

    assert run - {"handoffs", "functions", "function_tools_not_found", "mcp_approval_requests"} == {
        "apply_patch_calls",
        "computer_actions",
        "custom_tool_calls",
        "local_shell_calls",
        "shell_calls",
    }


@takes("agents.FunctionTool._output_type_adapter")
async def test_what_the_model_reads_of_a_tool_with_a_type_is_known_beforehand() -> None:
    class Rain(BaseModel):
        litres: int

    @function_tool(output_type=Rain)
    def rain() -> Rain:
        """Tell how much."""
        return Rain(litres=3)

    call = function_call("rain", {}, call_id="call_1")
    model = ScriptedModel([ModelStep(output=[call]), says("done")])
    await Runner.run(Agent(name="a", model=model, tools=[rain]), "hello")

    context = ToolContext(None, tool_name="rain", tool_call_id="c", tool_arguments="{}")
    told = read_by_model(rain, context, Rain(litres=3))
    assert told == '{"litres":3}'
    assert str(told) in str(model.calls[1].input)


@takes(
    "agents.run.AgentRunner",
    "agents.run.get_default_agent_runner",
    "agents.run.set_default_agent_runner",
)
async def test_every_run_goes_through_the_default_runner() -> None:
    class Provider(ModelProvider):
        def get_model(self, model_name: str | None) -> Model:
            return ScriptedModel([says(str(model_name))])

    assert type(get_default_agent_runner()) is AgentRunner
    app_runner().provider = Provider()
    assert isinstance(get_default_agent_runner(), AppRunner)
    assert app_runner() is get_default_agent_runner()
    agent = Agent(name="a", model="any/name")
    streamed = Runner.run_streamed(agent, "hi")
    async for _ in streamed.stream_events():
        pass

    assert streamed.final_output == "any/name"
    assert (await Runner.run(agent, "hi")).final_output == "any/name"


def test_a_run_that_is_not_awaited_goes_through_it_too() -> None:
    """The SDK's `run_sync` calls `run`."""

    class Provider(ModelProvider):
        def get_model(self, model_name: str | None) -> Model:
            return ScriptedModel([says("sync")])

    app_runner().provider = Provider()
    loop = asyncio.new_event_loop()  # the SDK would make one, and leave it open
    asyncio.set_event_loop(loop)
    try:
        assert Runner.run_sync(Agent(name="a", model="any/name"), "hi").final_output == "sync"
    finally:
        loop.close()
        asyncio.set_event_loop(None)


@takes("agents.tool.get_function_tool_origin")
async def test_tools_say_where_they_come_from(unused_tcp_port: int) -> None:
    """A tool of a real MCP server, an agent used as a tool, a function."""
    agent_tool = Agent(name="inner").as_tool("ask", "Asks.")
    async with (
        serving(server_of([]), unused_tcp_port) as url,
        MCPServerStreamableHttp({"url": url}) as server,
    ):
        (offered,) = await server.list_tools()
        mcp_tool = MCPUtil.to_function_tool(offered, server, convert_schemas_to_strict=False)

    assert isinstance(agent_tool, FunctionTool)
    tools = (weather, agent_tool, mcp_tool)
    assert [is_agent_tool(tool) for tool in tools] == [False, True, False]
    assert [is_mcp_tool(tool) for tool in tools] == [False, False, True]
    assert mcp_tool.mcp_annotations == offered.annotations


@takes("agents.RunState._model_responses")
async def test_a_paused_run_knows_its_models_responses() -> None:
    """A run that waits for a person's approval."""

    @function_tool(needs_approval=True)
    def pay(amount: int) -> str:
        """Pay."""
        return "paid"

    call = function_call("pay", {"amount": 5}, call_id="call_pay")
    agent = Agent(name="a", model=ScriptedModel([ModelStep(output=[call])]), tools=[pay])
    state = (await Runner.run(agent, "hello")).to_state()

    assert [item.call_id for item in responses_of(state)[0].output] == ["call_pay"]  # type: ignore[union-attr]


@takes(
    "agents.run_state._copy_tool_approval_raw_item",
    "agents.run_state._deserialize_message_output_item",
    "agents.run_state._deserialize_model_responses",
    "agents.run_state.ResponseReasoningItem",
)
@pytest.mark.parametrize("at", range(3), ids=["reasoning", "message", "call"])
async def test_a_paused_run_is_loaded_by_functions_we_replace(at: int) -> None:
    """Each of them is needed for an item that its own check would refuse."""

    @function_tool(needs_approval=True)
    def work() -> str:
        """Work."""
        return "done"

    load_paused_states()
    items = [{**REASONING}, {**MESSAGE}, {**CALL}]
    items[at]["status"] = "odd"
    host = ResponsesHost(response(*items))
    agent = Agent(name="a", model=OpenAIResponsesModel("m", host.client()), tools=[work])
    saved = (await Runner.run(agent, "hello")).to_state()
    state = await RunState.from_string(agent, saved.to_string())

    assert [item.call_id for item in state.get_interruptions()] == ["call_1"]
    assert items_data(responses_of(state)[0].output) == items


@takes("agents.usage.deserialize_usage")
def test_a_usage_is_read_however_little_of_it_was_recorded() -> None:
    whole = Usage(requests=1, input_tokens=2, output_tokens=3, total_tokens=5)

    assert usage_from(usage_data(whole)) == whole
    assert usage_from({"input_tokens": 2, "input_tokens_details": {}}).input_tokens == 2
    assert usage_from({"input_tokens": "many"}) == Usage()


@takes("agents.OpenAIProvider._client", "agents.OpenAIProvider._stored_")
def test_a_provider_that_somebody_configured_is_not_the_sdks_own() -> None:
    openai = AsyncOpenAI(api_key="k")
    configured = (
        MultiProvider(openai_client=openai),
        MultiProvider(openai_api_key="k"),
        MultiProvider(openai_base_url="http://h/v1"),
        OpenAIProvider(openai_client=openai),
    )

    assert is_sdk_default(MultiProvider())
    assert not any(is_sdk_default(provider) for provider in configured)
    stored = [name for name in vars(OpenAIProvider()) if name.startswith("_stored_")]
    assert {"_stored_api_key", "_stored_base_url"} <= set(stored)


@takes("agents.models.fake_id.FAKE_RESPONSES_ID")
async def test_chat_completions_models_give_every_item_one_id() -> None:
    async with ModelServer(always(text("Hello."))) as server:
        openai = openai_client(server.base_url)
        agent = Agent(name="a", model=OpenAIChatCompletionsModel("m", openai))
        result = await Runner.run(agent, "hi")

    assert [item.raw_item.id for item in result.new_items] == [FAKE_RESPONSES_ID]  # type: ignore[union-attr]


@takes("agents.Model._cleanup_on_run_end")
async def test_the_end_of_a_run_reaches_the_apps_model() -> None:
    class Model(ScriptedModel):
        cleaned = 0

        async def _cleanup_on_run_end(self, owner: object) -> None:
            Model.cleaned += 1

    class Proxy(ModelProxy):
        async def get_response(self, *args: Any, **options: Any) -> Any:
            return await self._inner.get_response(*args, **options)

        def stream_response(self, *args: Any, **options: Any) -> Any:
            return self._inner.stream_response(*args, **options)

    await Runner.run(Agent(name="a", model=Model([says("hi")])), "hi")
    assert Model.cleaned == 1
    await Runner.run(Agent(name="a", model=Proxy(Model([says("hi")]))), "hi")
    assert Model.cleaned == 2


@takes(
    "agents.OpenAIChatCompletionsModel._client",
    "agents.OpenAIChatCompletionsModel._fetch_response",
    "agents.models.openai_responses._ResponseStreamWithRequestId._source",
    "agents.exceptions._mark_error_to_drain_stream_events",
)
@pytest.mark.parametrize("build", [OpenAIChatCompletionsModel, OpenAIResponsesModel])
async def test_a_cut_stream_is_told_from_a_whole_one_and_the_host_is_named(build: Any) -> None:
    """By the strict copy of a model that an app made. What came before the cut is shown."""
    shown = ""
    async with ModelServer(always(text("half ", "an answer").cut_after(1, clean=True))) as server:
        openai = openai_client(server.base_url)
        model = build("m", openai)
        strict = complete_answers(model)
        assert type(model) is build
        assert isinstance(strict, build)
        assert server.base_url.startswith(f"http://{host_of(model)}/")
        result = Runner.run_streamed(Agent(name="a", model=strict), "hi")
        with pytest.raises(APIConnectionError) as caught:
            async for event in result.stream_events():
                delta = getattr(getattr(event, "data", None), "delta", "")
                shown += delta if isinstance(delta, str) else ""

    assert shown == "half "
    assert str(caught.value.request.url).startswith(server.base_url)
