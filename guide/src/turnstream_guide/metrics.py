"""What the guide's agents do, for Prometheus, by the SDK's lifecycle hooks.

A run counts when it has ended well, with everything that its last attempt saw, recorded or new.
So a turn with several attempts counts once, and a run that failed or was stopped does not count.
`turnstream_model_calls_total` counts the calls that were paid for. Labels are names in the code:
never a tool of a catalogue, and never a user.
"""

from collections import Counter
from typing import Any

from agents import AgentHookContext, ModelResponse, RunHooks, Tool
from prometheus_client import Counter as Metric

from turnstream_guide.context import GuideAgent, GuideContext, RunContext

RUNS = Metric("turnstream_agent_runs_total", "Runs that an agent ended.", ["agent"])
MODEL_CALLS = Metric("turnstream_agent_model_calls_total", "Answers of models.", ["agent"])
TOKENS = Metric("turnstream_agent_tokens_total", "Tokens of those.", ["agent", "kind"])
TOOL_CALLS = Metric("turnstream_agent_tool_calls_total", "Tool calls.", ["agent"])
HANDOFFS = Metric("turnstream_agent_handoffs_total", "Handoffs.", ["agent", "to"])


class AgentMetrics(RunHooks[GuideContext]):
    """Collects what one turn's agents do, nested runs that are given it included."""

    def __init__(self) -> None:
        self._counts: Counter[Any] = Counter()

    def publish(self) -> None:
        """Count the run, which has ended well."""
        for (metric, *labels), amount in self._counts.items():
            metric.labels(*labels).inc(amount)
        self._counts.clear()

    async def on_llm_end(
        self, context: RunContext, agent: GuideAgent, response: ModelResponse
    ) -> None:
        self._counts[MODEL_CALLS, agent.name] += 1
        self._counts[TOKENS, agent.name, "input"] += response.usage.input_tokens
        self._counts[TOKENS, agent.name, "output"] += response.usage.output_tokens

    async def on_tool_end(
        self, context: RunContext, agent: GuideAgent, tool: Tool, result: object
    ) -> None:
        self._counts[TOOL_CALLS, agent.name] += 1

    async def on_handoff(
        self, context: RunContext, from_agent: GuideAgent, to_agent: GuideAgent
    ) -> None:
        self._counts[HANDOFFS, from_agent.name, to_agent.name] += 1

    async def on_agent_end(
        self, context: AgentHookContext[GuideContext], agent: GuideAgent, output: object
    ) -> None:
        self._counts[RUNS, agent.name] += 1
