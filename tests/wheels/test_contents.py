"""The wheels hold what they need, and nothing of this repository's developers."""

import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.wheels.environments import ROOT

OTHERS = ("shared", "guide", "devstack")
pytestmark = pytest.mark.short
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def contents(wheels: list[Path]) -> dict[str, set[str]]:
    """Distribution -> the files in its wheel."""
    names = {file.name.partition("-")[0]: zipfile.ZipFile(file).namelist() for file in wheels}
    return {name: set(files) for name, files in names.items()}


def files_below(folder: Path) -> set[str]:
    """Their paths below it, without what Python made of them."""
    found = [each for each in folder.rglob("*") if each.is_file()]
    return {each.relative_to(folder).as_posix() for each in found if each.suffix != ".pyc"}


def test_there_is_a_wheel_of_every_package_in_one_version(wheels: list[Path]) -> None:
    names = {
        *("turnstream", "turnstream_core", "turnstream_gateway", "turnstream_agent_worker"),
        *("turnstream_tools", "turnstream_store", "turnstream_guide", "turnstream_devstack"),
    }
    assert {file.name for file in wheels} == {
        f"{each}-{VERSION}-py3-none-any.whl" for each in names
    }


def test_every_file_of_a_package_is_in_its_wheel(contents: dict[str, set[str]]) -> None:
    """The chat page, catalogues of texts, migrations and scripts are read from there."""
    packed = set().union(*contents.values())
    folders = [*ROOT.glob("services/*/src"), *(ROOT / each / "src" for each in OTHERS)]

    assert set().union(*map(files_below, folders)) <= packed


def test_the_guides_that_the_guide_answers_from_are_in_its_wheel(
    contents: dict[str, set[str]],
) -> None:
    """In both languages."""
    guides = files_below(ROOT / "docs/guides")

    assert "zh-TW/tools.md" in guides
    assert {f"turnstream_guide/guides/{each}" for each in guides} <= contents["turnstream_guide"]


def test_nothing_else_is_in_a_wheel(contents: dict[str, set[str]]) -> None:
    """Neither tests nor checks; and the one that brings all others has no code."""
    for name, files in contents.items():
        tops = {each.partition("/")[0] for each in files}
        package = {"turnstream_core": "turnstream", "turnstream_agent_worker": "turnstream_worker"}
        assert tops <= {f"{name}-{VERSION}.dist-info", package.get(name, name)}
    assert all(".dist-info/" in each for each in contents["turnstream"])


def test_every_wheel_has_the_licence(wheels: list[Path]) -> None:
    """Each may be installed alone, and Apache-2.0 asks for a copy."""
    for file in wheels:
        with zipfile.ZipFile(file) as wheel:
            [name] = [each for each in wheel.namelist() if each.endswith("/LICENSE")]
            assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def test_a_wheel_asks_for_the_others_in_its_own_version(wheels: list[Path]) -> None:
    """So an update of one is an update of all."""
    for file in wheels:
        with zipfile.ZipFile(file) as wheel:
            [name] = [each for each in wheel.namelist() if each.endswith(".dist-info/METADATA")]
            asked = Parser().parsestr(wheel.read(name).decode()).get_all("Requires-Dist") or []
        ours = [each for each in asked if each.startswith("turnstream")]
        assert all(each.endswith(f"=={VERSION}") for each in ours)
