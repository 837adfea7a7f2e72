"""Each example answers with the history, and goes on when its worker is taken away mid-answer."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from turnstream_devstack.new_project import new_project

from tests.frameworks.packages import ROOT, NotInstalled, installed, with_packages
from tests.support.system.new_projects import CHECKS, check

EXAMPLES = ROOT / "examples/frameworks"
LANGGRAPH = ("langgraph==1.2.24", "langchain-openai==1.7.4")
LINES = 60
TALK_SECONDS = 240
"""Imports of these frameworks take seconds, and a minute on a machine that does much else."""

PLAIN = "The answer to holidays is: "


def talk(module: str, packages: Sequence[str]) -> dict[str, Any]:
    """Two messages to an example; the worker is taken away in the middle of the second answer."""
    try:
        folders = [str(installed(packages))] if packages else []
    except NotInstalled as reason:
        pytest.skip(f"{', '.join(packages)} could not be installed: {reason}")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.frameworks.talk", module, *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TALK_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert told["status"] == ["completed", "completed"]
    return told


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda each: each.stem)
def test_an_example_is_short(example: Any) -> None:
    """Nobody reads a long one."""
    assert len(example.read_text().splitlines()) < LINES


def test_plain_openai_streaming() -> None:
    """The second answer has the conversation in front, and half of it is asked for again."""
    told = talk("openai_app", [])
    assert told["said"] == [PLAIN, "The answer to hours is: "]
    assert told["asked"] == [1, 3, 3]


@pytest.mark.installs
def test_langgraph() -> None:
    """What the graph retrieved is not retrieved again for the second half of the answer."""
    told = talk("langgraph_app", LANGGRAPH)
    assert told["said"] == [f"{PLAIN}['Holidays are paid.']", "The answer to hours is: []"]
    assert told["asked"] == [1, 3, 3]
    assert told["searched"] == ["holidays", "hours"]


@pytest.mark.installs
@pytest.mark.timeout(400)  # mypy without a cache reads all that is imported
def test_a_new_project_of_langgraph_passes_its_own_checks(tmp_path: Path) -> None:
    """In an environment that has its packages behind ours."""
    try:
        folder = installed(LANGGRAPH)
    except NotInstalled as reason:
        pytest.skip(f"{', '.join(LANGGRAPH)} could not be installed: {reason}")
    new_project(tmp_path / "shop-bot", "langgraph")
    python = str(with_packages(tmp_path / "venv", folder))
    for name in CHECKS:
        check(tmp_path / "shop-bot", name, python=python)


@pytest.mark.installs
def test_pydantic_ai() -> None:
    """Its tool has answered, and the answer goes on."""
    told = talk("pydantic_ai_app", ["pydantic-ai-slim[openai]==2.68.0"])
    assert told["said"] == [PLAIN, "The answer to hours is: On Monday we open at nine."]
    assert told["asked"] == [1, 3, 5, 3, 5]


@pytest.mark.installs
def test_google_adk() -> None:
    """Its session is made of the thread in each turn, in whatever process."""
    told = talk("google_adk_app", ["google-adk==2.13.0"])
    assert told["said"] == [PLAIN, "The answer to hours is: "]
    assert told["asked"] == [1, 3, 3]
