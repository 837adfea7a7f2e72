"""What `make dist` writes beside the wheels."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wheels.environments import ROOT

pytestmark = pytest.mark.timeout(600)  # it makes an environment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """With both files."""
    made = tmp_path_factory.mktemp("bill")
    program = [sys.executable, "-m", "checks.bill_of_materials", str(made)]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    yield made


def test_the_bill_names_each_part_with_its_version_and_licence(folder: Path) -> None:
    """Of Python and of the chat page, and it says nothing of this machine."""
    [file] = folder.glob("*.cdx.json")
    bill = json.loads(file.read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "turnstream"
    parts = {each["name"]: each for each in bill["components"]}
    assert {"turnstream-gateway", "fastapi", "openai-agents", "asyncpg", "lit", "katex"} <= set(
        parts
    )
    assert all(each["version"] and each["licenses"] for each in parts.values())
    assert parts["lit"]["purl"].startswith("pkg:npm/lit@")
    assert "pytest" not in parts
    assert str(ROOT) not in file.read_text()


def test_the_texts_of_all_licences_are_together(folder: Path) -> None:
    text = (folder / "THIRD-PARTY-LICENSES.txt").read_text()
    [file] = folder.glob("*.cdx.json")
    for part in json.loads(file.read_text())["components"]:
        if not part["name"].startswith("turnstream"):
            assert f"{part['name']} {part['version']}\n" in text
    assert text.count("Apache License") > 5
