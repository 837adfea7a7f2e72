"""`turnstream new`: what it writes passes its own tests and checks, and it overwrites nothing."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from turnstream.cli import main as cli
from turnstream_devstack import new_project as module
from turnstream_devstack.new_project import (
    DEFAULT,
    ORIGINS,
    ProjectNotMade,
    new_project,
    package_of,
)
from turnstream_devstack.options import read_env_file

from tests.support.system.new_projects import CHECKS, check

ROOT = Path(__file__).parents[2]
EVERY = (DEFAULT, *ORIGINS)
HERE = (DEFAULT, "stock", "agent-builder")
"""Those whose packages are here. That of LangGraph is tried by `make frameworks`."""
NAME = "corner-shop-assistant"
"""Longer than that of the templates, so that a line may become too long."""
SERVICES = {"tools", "agent-worker", "gateway", "store"}


@pytest.fixture(params=EVERY, scope="module")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of each origin."""
    folder = tmp_path_factory.mktemp(request.param) / NAME
    new_project(folder, request.param)
    return folder


@pytest.mark.timeout(400)  # mypy without a cache reads all that is imported
@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("origin", HERE)
def test_a_new_project_passes_its_own_checks(origin: str, name: str, tmp_path: Path) -> None:
    new_project(tmp_path / NAME, origin)

    check(tmp_path / NAME, name)


def test_its_name_stands_where_that_of_the_template_stood(project: Path) -> None:
    """In files and in their names."""
    files = [each for each in project.rglob("*") if each.is_file()]
    assert project / "corner_shop_assistant/__init__.py" in files
    for file in files:
        assert not re.search("my[-_]app", f"{file.name} {file.read_text()}"), file


def test_it_asks_for_this_version_and_compatible_ones(project: Path) -> None:
    """A version below 1 may break an app with its second number."""
    assert re.search(r'"turnstream>=0\.1\.0,<0\.2"\]', (project / "pyproject.toml").read_text())


@pytest.mark.parametrize(
    ("installed", "bound"), [("0.9.4", "<0.10"), ("1.2.3", "<2"), ("2.0.0rc1", "<3")]
)
def test_the_bound_is_the_next_version_that_may_break(
    installed: str, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "version", lambda _: installed)

    assert module._requirement() == f"turnstream>={installed},{bound}"


def test_its_settings_name_what_is_there(project: Path) -> None:
    """`turnstream dev` alone runs it, and no key is in what is committed."""
    settings = read_env_file(project / ".env")
    assert settings["ASSISTANT"] == "corner_shop_assistant:create"
    for module_name in filter(None, settings.get("TOOLS", "").split(",")):
        assert (project / f"{module_name.replace('.', '/')}.py").exists()
    assert "OPENAI_API_KEY" not in settings
    assert ".env\n" in (project / ".gitignore").read_text()


def test_its_containers_run_its_code_and_our_images(project: Path) -> None:
    """Two services have the app's code; the gateway alone is published, on loopback."""
    services: dict[str, Any] = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    built = {name for name, each in services.items() if "build" in each}
    assert built == {"tools", "agent-worker"}
    ours = {name for name, each in services.items() if each.get("image") == f"turnstream/{name}"}
    assert built | ours == SERVICES
    assert [name for name, each in services.items() if "ports" in each] == ["gateway"]
    assert services["gateway"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    dockerfile = (project / "Dockerfile").read_text()
    assert "COPY corner_shop_assistant /app/corner_shop_assistant" in dockerfile
    if "USER root" in dockerfile:
        assert dockerfile.rindex("USER 10001:10001") > dockerfile.rindex("USER root")


def test_every_secret_that_its_containers_need_is_made(project: Path) -> None:
    """By the script that compose names where one is missing."""
    asked = set(re.findall(r"\$\{(\w+):\?([^}]+)\}", (project / "compose.yaml").read_text()))
    assert {what for _, what in asked} == {'make one with "sh secrets.sh >> .env"'}
    made = subprocess.run(
        ["sh", "secrets.sh"], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    pairs = dict(line.split("=") for line in made.splitlines())
    assert set(pairs) == {name for name, _ in asked}
    assert "WEBHOOK_KEYS" in pairs  # without which the store takes no webhook
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in pairs.values())


@pytest.mark.parametrize("language", [".", "zh-TW"])
def test_the_guide_quotes_what_is_written(language: str, tmp_path: Path) -> None:
    """Its example is a test of a new project, word for word."""
    new_project(tmp_path / "my-app")
    guide = (ROOT / "docs/guides" / language / "new-app.md").read_text()
    [quoted] = re.findall(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert quoted in (tmp_path / "my-app/tests/test_assistant.py").read_text()


def test_the_next_steps_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the project is, and three lines to type."""
    folder = tmp_path / "work" / "my shop" / "shop-bot"

    assert cli.main(["new", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{folder} is there. Now:",
        f"  cd '{folder}'",
        '  pip install -e ".[dev]" && pytest',
        "  turnstream dev",
    ]


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command fails, and says what to do."""
    (tmp_path / "shop-bot").mkdir()
    (tmp_path / "shop-bot/notes.txt").write_text("mine")

    assert cli.main(["new", str(tmp_path / "shop-bot")]) == 1
    assert "is not empty: choose another name, or empty it." in capsys.readouterr().err
    assert [each.name for each in (tmp_path / "shop-bot").iterdir()] == ["notes.txt"]


def test_a_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop-bot").write_text("mine")

    with pytest.raises(ProjectNotMade, match="is a file"):
        new_project(tmp_path / "shop-bot")


def test_an_empty_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one where the command is typed: its name is the project's."""
    (tmp_path / "shop-bot").mkdir()
    monkeypatch.chdir(tmp_path / "shop-bot")

    new_project(Path())

    assert (tmp_path / "shop-bot/shop_bot/__init__.py").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("My App", "such as my-app."),
        ("Shop_Bot", "such as shop-bot."),
        ("3d-shop", "such as my-app."),
        ("shop-", "such as shop."),
        ("läden", "such as l-den."),
        ("class", "choose another name, such as class-app."),
        ("tests", "choose another name, such as tests-app."),
        ("email", "There is a package email"),
        ("chatkit", "There is a package chatkit"),
    ],
)
def test_a_name_that_is_no_package_is_refused_with_another_one(name: str, told: str) -> None:
    with pytest.raises(ProjectNotMade, match=re.escape(told)):
        package_of(name)


@pytest.mark.parametrize("name", ["shop", "shop-bot", "shop_bot", "shop2-bot-3"])
def test_a_name_that_python_can_import_is_taken(name: str) -> None:
    assert package_of(name) == name.replace("-", "_")
