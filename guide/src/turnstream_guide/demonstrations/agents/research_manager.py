"""Agents as tools: a manager calls researchers, and each call is a task of a workflow."""

import json
from typing import Annotated

from agents import (
    AgentToolStreamEvent,
    ItemHelpers,
    Runner,
    Tool,
    function_tool,
)
from chatkit.types import CustomTask, Workflow
from pydantic import Field
from turnstream.i18n import N_, Translate

from turnstream_guide.cards.cards import summary_output
from turnstream_guide.context import GuideAgent, GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Call, Calls, Plan, Request, Say
from turnstream_guide.keyless_model.sentences import language
from turnstream_guide.language.phrasing import running_text
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Turn

MANAGER = """\
You are the research manager. Split the topic into two or three questions, ask the researcher each
of them, and sum up what came back in a short report in the language of the topic.

Locale: {locale}
"""
RESEARCHER = """\
You are the researcher. Answer the one question you get in two or three sentences, in its language,
from what you know. Say what you are not sure of.

Locale: {locale}
"""
STEPS = 6
"""Model calls of the manager: one to ask, one to sum up, and room for a second look."""
LONGEST_FINDING = 500
"""Characters of an answer that its task shows."""

QUESTIONS = (N_("Where does {topic} come from?"), N_("What do people do with {topic}?"))
FINDING = N_("{question} A real model would know; the demo model only shows who asks whom.")
REPORT = N_("The researchers found: {findings}")


def _tools(turn: Turn) -> list[Tool]:
    # No error function: when the model is not available the turn fails, and is tried again.
    @function_tool(failure_error_function=None)
    async def research(
        ctx: RunContext,
        topic: Annotated[str, Field(min_length=1, max_length=200)],
    ) -> str:
        """Have a small team research a topic, when the user asks for research.

        Args:
            topic: What to find out about.
        """
        steps = _Steps(ctx.context, turn.translate)
        await steps.open(topic)
        result = await Runner.run(
            _manager(turn, steps), topic, context=ctx.context, max_turns=STEPS, hooks=turn.hooks
        )
        await ctx.context.end_workflow()
        return summary_output(str(result.final_output))

    return [research]


def _manager(turn: Turn, steps: "_Steps") -> GuideAgent:
    researcher = GuideAgent(
        name="researcher", instructions=RESEARCHER.format(locale=turn.locale), model=turn.model
    )
    asked = researcher.as_tool(
        "researcher",
        "Finds out the answer to one question.",
        on_stream=steps.see,
        failure_error_function=None,
        hooks=turn.hooks,
    )
    return GuideAgent(
        name="research manager",
        instructions=MANAGER.format(locale=turn.locale),
        model=turn.model,
        tools=[asked],
    )


class _Steps:
    """A workflow with one task per call of the researcher: asked, then answered."""

    def __init__(self, context: GuideContext, _: Translate) -> None:
        self._context = context
        self._translate = _
        self._indexes: dict[str, int] = {}

    async def open(self, topic: str) -> None:
        await self._context.end_workflow()
        first = CustomTask(title=self._translate("Planning the research"), content=topic)
        await self._context.start_workflow(Workflow(type="custom", tasks=[first], expanded=True))

    async def see(self, seen: AgentToolStreamEvent) -> None:
        """Follow the events of a nested run."""
        call, event = seen["tool_call"], seen["event"]
        workflow = self._context.workflow_item
        if call is None or workflow is None:
            return
        if call.call_id not in self._indexes:
            self._indexes[call.call_id] = len(workflow.workflow.tasks)
            question = json.loads(call.arguments).get("input", "")
            task = CustomTask(title=question, icon="search", status_indicator="loading")
            await self._context.add_workflow_task(task)
        elif event.type == "run_item_stream_event" and event.item.type == "message_output_item":
            index = self._indexes[call.call_id]
            answered = workflow.workflow.tasks[index].model_copy(
                update={
                    "content": ItemHelpers.text_message_output(event.item)[:LONGEST_FINDING],
                    "status_indicator": "complete",
                }
            )
            await self._context.update_workflow_task(answered, index)


def _manager_plays(request: Request) -> Plan | None:
    if not request.instructions.startswith("You are the research manager"):
        return None
    _ = translator(language(request))
    if not request.conversation.outcomes:
        questions = [_(question).format(topic=request.said) for question in QUESTIONS]
        return Calls(tuple(Call("researcher", {"input": question}) for question in questions))
    findings = running_text(each.output for each in request.conversation.outcomes)
    return Say(_(REPORT).format(findings=findings))


def _researcher_plays(request: Request) -> Plan | None:
    if not request.instructions.startswith("You are the researcher"):
        return None
    _ = translator(language(request))
    return Say(_(FINDING).format(question=request.said))


DEMONSTRATION = Demonstration(tools=_tools, rules=(_manager_plays, _researcher_plays))
