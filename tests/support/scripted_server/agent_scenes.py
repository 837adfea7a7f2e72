"""Scenes that a real run of the Agents SDK plays, with a model that follows a script."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import uuid4

from agents import (
    Agent,
    GuardrailFunctionOutput,
    OutputGuardrail,
    RunContextWrapper,
    Runner,
    StopAtTools,
    function_tool,
)
from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message, function_call
from chatkit.agents import AgentContext, ClientToolCall, ThreadItemConverter, stream_agent_response
from chatkit.types import (
    CustomSummary,
    CustomTask,
    ProgressUpdateEvent,
    SearchTask,
    URLSource,
    Workflow,
)
from chatkit.widgets import Card, Text, WidgetRoot
from openai.types.responses.response_reasoning_item import ResponseReasoningItem, Summary

from .scenes import Events, Turn, scene

Context = RunContextWrapper[AgentContext[Any]]
Output = Sequence[Any] | Exception


def _says(text: str) -> Any:
    return assistant_message(text, item_id=f"msg_{uuid4().hex}")


def _calls(tool: str, **arguments: Any) -> Any:
    ids = {"call_id": f"call_{uuid4().hex}", "item_id": f"fc_{uuid4().hex}"}
    return function_call(tool, arguments, **ids)


def _thinks(*thoughts: str) -> Any:
    summary = [Summary(type="summary_text", text=thought) for thought in thoughts]
    return ResponseReasoningItem(id=f"rs_{uuid4().hex}", type="reasoning", summary=summary)


async def _all_shown(context: Context) -> None:
    """The last thing a tool says: the next answer of the model waits until it was seen.

    Without it the run and the tool's events race, in every backend.
    """
    await context.context.stream(ProgressUpdateEvent(text="shown"))


@function_tool
async def look_up(context: Context, place: str) -> str:
    """Say what a place is like."""
    await context.context.stream(ProgressUpdateEvent(text=f"Looking at {place}"))
    await _all_shown(context)
    return f"{place} is fine"


@function_tool
async def research(context: Context, close: bool) -> str:
    """Show a workflow, and close it or leave it open."""
    ctx = context.context
    await ctx.start_workflow(Workflow(type="custom", tasks=[]))
    await ctx.add_workflow_task(CustomTask(title="Read", status_indicator="loading"))
    source = URLSource(title="A page", url="https://example.com")
    await ctx.add_workflow_task(SearchTask(queries=["cats"], sources=[source]))
    await ctx.update_workflow_task(CustomTask(title="Read", status_indicator="complete"), 0)
    if close:
        await ctx.end_workflow(CustomSummary(title="Done", icon="check"), expanded=True)
    await _all_shown(context)
    return "researched"


@function_tool
async def draw(context: Context) -> str:
    """Show a widget that grows."""

    async def states() -> AsyncGenerator[WidgetRoot, None]:
        for text in ("", "grow", "growing"):
            yield Card(children=[Text(id="t", value=text, streaming=text != "growing")])

    await context.context.stream_widget(states(), copy_text="a drawing")
    await _all_shown(context)
    return "drawn"


@function_tool
async def ask_page(context: Context, what: str) -> str:
    """Have the page do something."""
    context.context.client_tool_call = ClientToolCall(name="ask_page", arguments={"what": what})
    return ""


async def _run(turn: Turn, *script: Output, **options: Any) -> Events:
    """Run an agent on the thread's history; each answer of the model is an entry of the script."""
    shown = asyncio.Event()

    def step(number: int, output: Output) -> ModelStep:
        async def answer(call: ModelCall) -> ModelStep:
            if number:
                await shown.wait()
                shown.clear()
            if isinstance(output, Exception):
                return ModelStep.raise_error(output)
            return ModelStep(output=output)

        return ModelStep.respond(answer)

    steps = [step(number, output) for number, output in enumerate(script)]
    agent = Agent[AgentContext[Any]](
        name="Scripted",
        model=ScriptedModel(steps),
        tools=[look_up, research, draw, ask_page],
        tool_use_behavior=StopAtTools(stop_at_tool_names=[ask_page.name]),
        **options,
    )
    context: AgentContext[Any] = AgentContext(
        thread=turn.thread, store=turn.store, request_context=turn.context
    )
    newest = await turn.store.load_thread_items(turn.thread.id, None, 5, "desc", turn.context)
    heard = [item for item in newest.data[::-1] if item.type != "hidden_context_item"]
    items = await ThreadItemConverter().to_agent_input(heard)
    result = Runner.run_streamed(agent, items, context=context)
    async for event in stream_agent_response(context, result):
        yield event
        if isinstance(event, ProgressUpdateEvent) and event.text == "shown":
            shown.set()


@scene("agent")
def agent(turn: Turn) -> Events:
    return _run(turn, [_says("Hello from a model.")])


@scene("agent with a tool")
def agent_with_a_tool(turn: Turn) -> Events:
    return _run(turn, [_calls("look_up", place="Rome")], [_says("Rome is fine.")])


@scene("agent thinks")
def agent_thinks(turn: Turn) -> Events:
    return _run(turn, [_thinks("First this.", "Then that."), _says("So be it.")])


@scene("agent researches")
def agent_researches(turn: Turn) -> Events:
    return _run(turn, [_calls("research", close=True)], [_says("It is known.")])


@scene("agent leaves work open")
def agent_leaves_work_open(turn: Turn) -> Events:
    """The workflow waits behind the client's tool for the next turn to go on with it."""
    return _run(turn, [_calls("research", close=False)], [_calls("ask_page", what="colour")])


@scene("agent draws")
def agent_draws(turn: Turn) -> Events:
    return _run(turn, [_calls("draw")], [_says("Nice, isn't it?")])


@scene("agent asks the page")
def agent_asks_the_page(turn: Turn) -> Events:
    return _run(turn, [_says("One moment."), _calls("ask_page", what="colour")])


@scene("agent trips")
def agent_trips(turn: Turn) -> Events:
    """An output guardrail stops the answer after it was shown."""

    def refuse(*_: Any) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    return _run(turn, [_says("Something bad.")], output_guardrails=[OutputGuardrail(refuse)])


@scene("agent fails")
def agent_fails(turn: Turn) -> Events:
    """The model goes away in the middle of a run."""
    gone = ValueError("the model is gone")
    return _run(turn, [_calls("look_up", place="Rome")], gone)
