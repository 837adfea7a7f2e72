"""One page lists what an app may import. All that we show to authors of apps keeps to it."""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.pages import DOCS, PAGES, ROOT, blocks

LIST, CHINESE_LIST = DOCS / "guides/worker-api.md", DOCS / "guides/zh-TW/worker-api.md"
TEMPLATES = ROOT / "devstack/src/turnstream_devstack/templates"
GUIDE = ROOT / "guide/src/turnstream_guide"
OWN_PROGRAM = GUIDE / "demo_mcp_server.py"
"""The import contract of the guide says why it is left out."""
DESCRIBED = {"turnstream_worker.api": LIST, "turnstream_tools": DOCS / "guides/tools.md"}
_ROW = re.compile(r"^\| (?P<modules>`turnstream[^|]*) \| (?P<names>[^|]*) \|", re.MULTILINE)
_NAME = re.compile(r"`([\w.]+)`")


def listed(page: Path) -> dict[str, frozenset[str]]:
    """Module -> its public names; all of them where the row names none."""
    return {
        module: frozenset(_NAME.findall(row["names"])) or everything(module)
        for row in _ROW.finditer(page.read_text())
        for module in _NAME.findall(row["modules"])
    }


def everything(module: str) -> frozenset[str]:
    found = importlib.import_module(module)
    return frozenset(getattr(found, "__all__", (each for each in vars(found) if each[0] != "_")))


PUBLIC = listed(LIST)


def imported(code: str) -> Iterator[tuple[str, str]]:
    """Every module of ours that code imports, with each name that it takes from it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, each.name) for each in node.names)


def private(code: str) -> list[str]:
    ours = ((module, name) for module, name in imported(code) if module.startswith("turnstream"))
    return [
        f"{module}: {name}"
        for module, name in ours
        if not module.startswith("turnstream_guide") and name not in PUBLIC.get(module, ())
    ]


def shown() -> Mapping[str, str]:
    """What authors of apps read and copy."""
    files = [
        *(each for each in GUIDE.rglob("*.py") if each != OWN_PROGRAM),
        *TEMPLATES.rglob("*.py"),
        *(ROOT / "examples").rglob("*.py"),
    ]
    of_files = {each.relative_to(ROOT).as_posix(): each.read_text() for each in files}
    of_pages = {
        str(block): block.code
        for page in PAGES
        for block in blocks(page)
        if block.language == "python"
    }
    return of_files | of_pages


@pytest.mark.parametrize("module", PUBLIC)
def test_every_listed_name_is_there(module: str) -> None:
    assert PUBLIC[module] <= set(dir(importlib.import_module(module)))


def test_guide_templates_and_examples_import_nothing_else() -> None:
    found = {where: private(code) for where, code in shown().items()}
    assert {where: names for where, names in found.items() if names} == {}


def test_the_list_is_the_same_in_chinese() -> None:
    assert listed(CHINESE_LIST) == PUBLIC


@pytest.mark.parametrize("module", DESCRIBED)
def test_every_exported_name_is_described(module: str) -> None:
    """In the guide of its module, and in the guide's translation."""
    page = DESCRIBED[module]
    for text in (page.read_text(), (page.parent / "zh-TW" / page.name).read_text()):
        assert [each for each in everything(module) if not re.search(rf"\b{each}\b", text)] == []
