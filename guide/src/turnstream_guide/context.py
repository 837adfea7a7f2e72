"""The types of what an agent of the guide runs with."""

from agents import Agent, RunContextWrapper
from chatkit.agents import AgentContext
from turnstream.contracts.turns import RequestContext

GuideContext = AgentContext[RequestContext]
"""ChatKit's context of a run: the thread, the store, and who asks."""
RunContext = RunContextWrapper[GuideContext]
GuideAgent = Agent[GuideContext]
