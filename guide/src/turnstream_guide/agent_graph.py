"""`python -m turnstream_guide.agent_graph [directory]` draws the guide's agents.

It writes `agents.dot`, and `agents.svg` where Graphviz is installed. Agents that a tool starts by
itself are inside that tool and not drawn.
"""

import importlib
import pkgutil
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents import FunctionTool, MultiProvider
from agents.extensions.visualization import draw_graph
from chatkit.types import ThreadMetadata
from turnstream_tools import Tool

from turnstream_guide import tools as catalog
from turnstream_guide.context import GuideAgent
from turnstream_guide.conversation.agent import guide_agent
from turnstream_guide.demonstrations import demonstrations
from turnstream_guide.keyless_model import DemoModel
from turnstream_guide.turn import Turn

DIRECTORY = Path("docs")


def main() -> None:
    """Draw; the directory is `docs` unless another one is named."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY
    drawn = draw_graph(_guide())
    path = directory / "agents.dot"
    path.write_text(drawn.source)
    print(path)
    if shutil.which("dot"):
        drawn.render(outfile=directory / "agents.svg", cleanup=True)
        print(directory / "agents.svg")


def _guide() -> GuideAgent:
    """The guide's agent as a turn gets it. Nothing connects, because it is not run."""
    thread = ThreadMetadata(id="thr_graph", created_at=datetime.now(UTC))
    nobody: Any = None
    turn = Turn(
        thread=thread,
        store=nobody,
        context=nobody,
        models=MultiProvider(),
        model=DemoModel(),
        locale="en",
        translate=str,
        answer=nobody,
        resume=nobody,
        tools=lambda: [_drawn(each) for each in _tools()],
    )
    return guide_agent(turn, turn.tools(), (), demonstrations())


def _tools() -> Iterator[Tool]:
    for module in pkgutil.iter_modules(catalog.__path__):
        declared = vars(importlib.import_module(f"{catalog.__name__}.{module.name}")).values()
        yield from (each for each in declared if isinstance(each, Tool))


def _drawn(tool: Tool) -> FunctionTool:
    async def not_called(*_: object) -> None:
        raise AssertionError("A picture calls nothing.")

    return FunctionTool(
        name=tool.name,
        description=tool.spec.description,
        params_json_schema=tool.spec.parameters,
        on_invoke_tool=not_called,
    )


if __name__ == "__main__":
    main()
