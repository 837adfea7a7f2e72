"""The wheels, and environments that have them. Built once, for the tests of this folder alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wheels import environments
from tests.wheels.environments import THIS_PYTHON, Environment, build_wheels, find_python

HERE = Path(__file__).parent
PYTHONS = ("3.11", "3.13")
"""Those that `--every-python` asks for, if this machine has them."""
APP = '''
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from chatkit.server import ChatKitServer
from chatkit.types import AssistantMessageContent, AssistantMessageItem, ThreadItemDoneEvent

CODE = "old"


class Server(ChatKitServer):
    """Says which code answers. While there is a file `wait`, it does so in two halves."""

    async def respond(self, thread, item, context):
        yield self.says(thread, context, "an answer begins")
        while Path("wait").exists():
            await asyncio.sleep(0.05)
        yield self.says(thread, context, f"the {CODE} code ends")

    def says(self, thread, context, text):
        message = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(UTC),
            content=[AssistantMessageContent(text=text)],
        )
        return ThreadItemDoneEvent(item=message)


def create(store):
    return Server(store)
'''


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Part of pytest: leave out what only the whole suite runs."""
    if config.getoption("--every-python"):
        return
    ours = [each for each in items if each.path.is_relative_to(HERE)]
    left = [each for each in ours if not each.get_closest_marker("short")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [each for each in items if each not in left]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Part of pytest: each test of an environment runs on each Python that is asked for."""
    if "environment" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-python")
        pythons = PYTHONS if every else (THIS_PYTHON,)
        metafunc.parametrize("environment", pythons, indirect=True, scope="session")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every wheel, as `make dist` builds them."""
    return build_wheels(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def environment(
    request: pytest.FixtureRequest, wheels: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """One that has the wheels. With `--every-python` nothing in it is that of this repository."""
    directory = tmp_path_factory.mktemp("environment") / "venv"
    if not request.config.getoption("--every-python"):
        return environments.borrowing(directory, wheels)
    python = find_python(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    return environments.clean(directory, python, wheels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with a small app in it."""
    place = tmp_path / "project"
    place.mkdir()
    (place / "my_app.py").write_text(APP)
    return place


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str], None]:
    """Replace a text in the app, as an editor does that saves it."""

    def save(before: str, after: str) -> None:
        file = folder / "my_app.py"
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))

    return save
