"""`python -m turnstream_guide.agent_graph [directory]` draws the guide's agents.

It writes `agents.dot`, and `agents.svg` where Graphviz is installed. Agents that a tool starts by
itself are inside that tool and not drawn.
"""

import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agents.extensions.visualization import draw_graph
from chatkit.types import ThreadMetadata
from faststream.redis import RedisBroker
from turnstream.contracts.tools import Catalogue
from turnstream_tools.registry import tools_of
from turnstream_worker.models import ModelSettings, WorkerModels
from turnstream_worker.tools.remote import Toolbox, remote_tools, toolbox

from turnstream_guide import tools as catalog
from turnstream_guide.agent import guide_agent
from turnstream_guide.demonstrations import demonstrations
from turnstream_guide.demonstrations.demonstration import Turn

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


def _guide() -> Any:
    """The guide's agent as a turn gets it. Nothing connects: it is looked at, not run."""
    models = WorkerModels(ModelSettings(openai_api_key=None, openai_base_url=None))
    thread = ThreadMetadata(id="thr_graph", created_at=datetime.now(UTC))
    nobody: Any = None
    turn = Turn(
        thread=thread,
        store=nobody,
        context=None,
        models=models,
        model=models.get_model(None),
        locale="en",
        translate=str,
        answer=nobody,
        resume=nobody,
    )
    box = Toolbox(RedisBroker(), "", timedelta(0), timedelta(0))
    box.catalogue = Catalogue(version="", tools=[each.spec for each in tools_of(catalog)])
    toolbox.set(box)
    return guide_agent(turn, remote_tools(), (), demonstrations())


if __name__ == "__main__":
    main()
