"""The fixture `replayed`, in a project of its own as pytest finds it there."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from turnstream.recordings.files import write_recording
from turnstream_worker.testing import ScriptedModel, calls, local_app, says

from tests.unit.worker.testing.recordings.shop import Shop

ROOT = Path(__file__).parents[5]
TEST = """\
def test_the_price(replayed):
    replayed("turns/price.json").assert_same()
"""
TODAY = """\
from tests.unit.worker.testing.recordings.shop import Shop as create, code

code.instructions = {instructions!r}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a recorded turn and a test of two lines."""
    folder = tmp_path_factory.mktemp("project")
    turns = folder / "tests" / "turns"
    turns.mkdir(parents=True)
    (folder / "tests" / "test_turns.py").write_text(TEST)
    asyncio.run(_record(turns / "price.json"))
    return folder


async def _record(file: Path) -> None:
    model = ScriptedModel(calls("price_of", pie="Apfelkuchen"), says("It costs 3 €."))
    async with local_app(Shop, model) as app:
        turn = await app.say("What is an Apfelkuchen?")
        write_recording(await app.record(turn.id), file)


def _pytest(project: Path, *arguments: str, instructions: str = "You sell pies.") -> str:
    (project / "today.py").write_text(TODAY.format(instructions=instructions))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    env = {**os.environ, "PYTHONPATH": f"{project}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True).stdout


def test_a_recording_is_replayed_by_a_test_of_two_lines(project: Path) -> None:
    """The app is named once, and the file as seen from the test."""
    said = _pytest(project, "-o", "turnstream_app=today:create")

    assert "1 passed" in said, said


def test_what_differs_first_fails_the_test(project: Path) -> None:
    said = _pytest(project, "-o", "turnstream_app=today:create", instructions="You sell nothing.")

    assert "1 failed" in said, said
    assert "its instructions" in said


def test_without_an_app_the_test_says_what_to_write(project: Path) -> None:
    said = _pytest(project)

    assert 'say which app: turnstream_app = "my_app:create"' in said
