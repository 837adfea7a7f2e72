"""Every block of code of the documentation is run somewhere, or is at least what it says it is.

What a test elsewhere runs whole is checked here too, as far as its language goes. A block that
nothing can check says why: `<!-- not checked: … -->` on the line above it.
"""

import ast
import html.parser
import importlib
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.pages import PAGES, ROOT, Block, blocks
from tests.unit.docs import commands

BLOCKS = [
    block
    for page in [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for block in blocks(page)
]
EXAMPLES = [
    *(ROOT / "examples/web").glob("*/index.html"),
    *(ROOT / "examples/web/react/src").glob("*.jsx"),
    *(ROOT / "examples/web/nextjs/app").rglob("*.js"),
]
"""Files that browser tests open."""
IN_NGINX = {"docs/guides/authentication-proxy.md", "docs/guides/zh-TW/authentication-proxy.md"}
"""Pages whose lines for nginx are run in it by `test_guide_scripts.py`."""
YOURS = frozenset({"app", "desk", "my_app", "my_module", "sales", "shop", "support"})
"""Modules of the reader."""
HELD_BY_NODE = {"js", "jsx", "ts"}
_VOID = frozenset({"meta", "link", "img", "br", "input", "source", "hr"})
_DOCKER = frozenset({"FROM", "RUN", "WORKDIR", "COPY", "USER", "CMD", "ENV", "EXPOSE"})


def python(code: str, block: Block) -> None:
    """It compiles, and what it imports of packages is there."""
    tree = compile(code, str(block), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom) and each.module:
            _imports(each.module, [name.name for name in each.names])
        elif isinstance(each, ast.Import):
            for name in each.names:
                _imports(name.name, [])


def _imports(module: str, names: list[str]) -> None:
    top = module.partition(".")[0]
    if top in YOURS:
        return
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as missing:
        frameworks = {"langgraph", "pydantic_ai", "google", "langchain_core"}
        assert top in frameworks, f"no module {missing.name}"  # `make frameworks` has them
        return
    for name in names:
        if not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")


def shell(_: str, block: Block) -> None:
    """A shell can read it, and each command is there, with the options that it is given."""
    lines = list(commands.lines(block))
    if bash := shutil.which("bash"):
        script = "\n".join(lines)
        read = subprocess.run(
            [bash, "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert read.returncode == 0, read.stderr
    for line in lines:
        commands.check(line)


class Tags(html.parser.HTMLParser):
    """The elements that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """It is never open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open.pop() == tag


def markup(code: str, block: Block) -> None:
    """A whole page is a file that is tested; a part of one closes what it opens."""
    if code.startswith("<!doctype"):
        assert code in {each.read_text() for each in EXAMPLES}
    tags = Tags()
    tags.feed(code)
    assert tags.open == []


def dockerfile(code: str, block: Block) -> None:
    """Instructions that there are, and a command of ours that can be typed."""
    for line in code.splitlines():
        instruction, _, rest = line.partition(" ")
        assert instruction in _DOCKER
        if instruction == "CMD":
            commands.check(" ".join(json.loads(rest)))


def headers(code: str, block: Block) -> None:
    for line in code.splitlines():
        assert re.fullmatch(r"[A-Z][\w-]*: \S.*", line), line


def printed(code: str, block: Block) -> None:
    """It is what a program says, so there is nothing to type."""
    assert not re.search(r"^\$ ", code, re.MULTILINE)


def nginx(_: str, block: Block) -> None:
    assert block.page in IN_NGINX


CHECKS: Mapping[str, Callable[[str, Block], object]] = {
    "python": python,
    "console": shell,
    "bash": shell,
    "sh": shell,
    "json": lambda code, _: json.loads(code),
    "yaml": lambda code, _: yaml.safe_load(code),
    "toml": lambda code, _: tomllib.loads(code),
    "html": markup,
    "dockerfile": dockerfile,
    "http": headers,
    "text": printed,
    "nginx": nginx,
}
"""Language -> what is looked at."""


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_is_checked_or_says_why_not(block: Block) -> None:
    known = CHECKS.keys() | HELD_BY_NODE
    assert block.unchecked or block.language in known, "name its language, or say why not"


@pytest.mark.parametrize(
    "block", [each for each in BLOCKS if each.language in CHECKS and not each.unchecked], ids=str
)
def test_a_block_is_what_it_says_it_is(block: Block) -> None:
    CHECKS[block.language](block.code, block)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_scripts_can_be_parsed() -> None:
    """One Node reads them all. A script with imports, or with JSX, is a file that is tested."""
    ours = {each.read_text() for each in EXAMPLES}
    scripts = {
        str(each): [each.language, each.code]
        for each in BLOCKS
        if each.language in HELD_BY_NODE and not each.unchecked and each.code not in ours
    }
    read = subprocess.run(
        ["node", str(Path(__file__).parent / "parse.mjs")],
        input=json.dumps(scripts),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(read.stdout) == {}


@pytest.mark.parametrize(
    "line",
    [
        "make nothing",
        "turnstream doctor --colour",
        "WORKERS=2 turnstream forget",
        "cat log | frobnicate",
        "sh deploy/nothing.sh",
        "python -m tests.dialects --loudly",
        "echo 'no end",
    ],
)
def test_a_command_that_cannot_be_typed_is_found(line: str) -> None:
    with pytest.raises(commands.Wrong):
        commands.check(line)
