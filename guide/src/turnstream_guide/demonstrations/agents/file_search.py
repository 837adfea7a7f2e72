"""OpenAI's hosted file search beside the guides' own search, where a vector store is named.

Only the Responses API has it. Its citations come with the answer, and ChatKit makes annotations
of them.
"""

from agents import FileSearchTool, Tool
from turnstream_worker.api import ModelSettings, default_provider

from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.settings import GuideSettings
from turnstream_guide.turn import Turn

MOST_RESULTS = 5
"""The number of results, as many as `search_docs` gives."""


def hosted_search(guide: GuideSettings, model: ModelSettings) -> list[Tool]:
    """The tool, for a model that can use it."""
    if guide.vector_store_id is None or model.keyless or model.api != "responses":
        return []
    store = guide.vector_store_id
    return [FileSearchTool(vector_store_ids=[store], max_num_results=MOST_RESULTS)]


def _tools(turn: Turn) -> list[Tool]:
    return hosted_search(GuideSettings(), default_provider().settings)


DEMONSTRATION = Demonstration(tools=_tools)
