"""An app of one's own on our images: a project of `turnstream new`, and the guide's Dockerfiles."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from turnstream_devstack.new_project import new_project

from tests.containers.conftest import ROOT
from tests.containers.deployment import Deployment
from tests.containers.engine import Engine
from tests.support.chat_client import ChatClient
from tests.support.pages import blocks
from tests.support.waiting import free_port
from tests.wheels.environments import UV

GUIDE = ROOT / "docs/guides/containers.md"
PROJECT = "my-app"
"""The name that the guide uses."""


@pytest.fixture(scope="module")
def project(engine: Engine, images: dict[str, str]) -> Path:
    """A new project, with its wheel in `dist`."""
    folder = engine.place / PROJECT
    new_project(folder)
    build = [UV, "build", "--wheel", "--quiet", "--out-dir", str(folder / "dist"), str(folder)]
    subprocess.run(build, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def deployed(engine: Engine, project: Path) -> Iterator[Deployment]:
    """The project by its own compose file, with one of each service."""
    port = free_port()
    made = subprocess.run(
        ["sh", "secrets.sh"], cwd=project, check=True, capture_output=True, text=True
    ).stdout
    with (project / ".env").open("a") as settings:
        settings.write(f"{made}PORT={port}\nAUTH=dev\nDEV_AUTH_BEYOND_LOOPBACK=true\nWORKERS=1\n")
    running = Deployment(engine, PROJECT, "turnstream-test-app", port)
    try:
        running.up("--build")
        yield running
    finally:
        running.compose("down", "--volumes", check=False)


async def test_a_new_project_answers_with_its_own_tool(deployed: Deployment) -> None:
    """Its assistant is in the worker's image, and its tool in that of the tools service."""
    async with ChatClient(deployed.url) as client:
        await client.send_message("Where is my order A-1042?")
        assert [each["text"] for each in client.progress] == ["Looking for order A-1042"]
        assert client.items_of_type("widget")
        assert client.ended == "completed"


def test_the_override_of_the_guide_puts_the_app_into_our_compose_file(
    engine: Engine, checkout: str
) -> None:
    """Compose reads it by itself, and passes on a variable of one's own."""
    [override] = [each.code for each in blocks(GUIDE) if each.language == "yaml"]
    file = engine.place / checkout / "docker-compose.override.yml"
    file.write_text(override)
    try:
        env = {"CRM_AUTHORIZATION": "a token"}
        said = engine.docker("compose", "config", "--format", "json", inside=checkout, env=env)
    finally:
        file.unlink()
    worker = json.loads(said)["services"]["agent-worker"]
    assert worker["image"] == "my-app/agent-worker"
    assert worker["environment"]["ASSISTANT"] == "my_app:create"
    assert worker["environment"]["CRM_AUTHORIZATION"] == "a token"
    assert worker["read_only"] is True


def dockerfiles() -> list[str]:
    """Those of the guide."""
    return [each.code for each in blocks(GUIDE) if each.language == "dockerfile"]


def test_the_guide_shows_source_tools_and_a_wheel() -> None:
    by_source, tools, wheel = dockerfiles()
    assert by_source.startswith("FROM turnstream/agent-worker")
    assert tools.startswith("FROM turnstream/tools")
    assert "/dist/*.whl" in wheel


@pytest.mark.parametrize("number", [0, 2], ids=["source", "wheel"])
def test_a_workers_image_has_the_app(engine: Engine, project: Path, number: int) -> None:
    """What checks an app finds nothing wrong with it in its image."""
    image = build(engine, project, number)
    words = ("run", "--rm", "--read-only", "--tmpfs", "/tmp", image)
    assert engine.docker(*words, "sh", "-c", "turnstream check $ASSISTANT && id -u").endswith(
        "10001\n"
    )


def test_a_tools_image_has_the_tools(engine: Engine, project: Path) -> None:
    code = "import os, importlib as i; print(i.import_module(os.environ['TOOLS']).__file__)"
    said = engine.docker("run", "--rm", build(engine, project, 1), "python", "-c", code)
    assert said == "/app/my_app/tools.py\n"


def build(engine: Engine, project: Path, number: int) -> str:
    """An image by the guide's Dockerfile of this number."""
    image = f"turnstream-test-app:{number}"
    file = project / f"Dockerfile.{number}"
    file.write_text(dockerfiles()[number])
    # The project's own .dockerignore leaves out all but its source.
    (project / f"{file.name}.dockerignore").write_text("**/__pycache__\n")
    engine.docker("build", "--file", file.name, "--tag", image, ".", inside=PROJECT)
    return image
