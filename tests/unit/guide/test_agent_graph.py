"""`make graph` draws the agents of the guide."""

import subprocess
import sys
from pathlib import Path


def test_the_graph_names_the_agents_and_their_tools(tmp_path: Path) -> None:
    """The catalogue's tools and those of the demonstrations alike, and whom the guide hands to."""
    command = [sys.executable, "-m", "turnstream_guide.agent_graph", str(tmp_path)]
    subprocess.run(command, check=True, timeout=50)

    drawn = (tmp_path / "agents.dot").read_text()

    assert drawn.lstrip().startswith("digraph")
    for name in ("get_weather", "research", "thinking agent"):
        assert f'"guide" -> "{name}"' in drawn
