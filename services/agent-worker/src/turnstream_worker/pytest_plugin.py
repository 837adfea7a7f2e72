"""A plugin of pytest, which finds it where Turnstream is installed: the fixture `replayed`.

It is imported by every run of pytest there, so it imports the worker only when a test asks.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from turnstream_worker.testing import ReplayResult

_APP, _TOOLS = "turnstream_app", "turnstream_tools"


class Replay(Protocol):
    """What the fixture `replayed` is."""

    def __call__(
        self, recording: Path | str, *, run_tools: bool = False, ignore: Collection[str] = ()
    ) -> "ReplayResult":
        """Run a recorded turn again. A file is named as seen from the file of the test; what
        `turnstream_worker.testing.replayed` tells of the others holds here too.
        """
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Part of pytest: what `pyproject.toml` may say."""
    parser.addini(_APP, "app that recorded turns are run against, as ASSISTANT names it")
    parser.addini(_TOOLS, "modules of its tools, as TOOLS names them", default="")


@pytest.fixture
def replayed(request: pytest.FixtureRequest) -> Replay:
    """Runs recorded turns against the app that `turnstream_app` names in pytest's settings.

    Fails the test when nothing is named.
    """
    from turnstream_worker.testing import replayed as run  # it takes a second

    app, tools = str(request.config.getini(_APP) or ""), str(request.config.getini(_TOOLS))
    if not app:
        pytest.fail(f'say which app: {_APP} = "my_app:create" in [tool.pytest.ini_options]')

    def replay(
        recording: Path | str, *, run_tools: bool = False, ignore: Collection[str] = ()
    ) -> "ReplayResult":
        path = request.path.parent / recording
        return run(path, app, tools=tools, run_tools=run_tools, ignore=ignore)

    return replay
