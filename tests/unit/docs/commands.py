"""Whether a command line of the documentation could be typed: its program, options and files."""

import contextlib
import io
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache

from turnstream.cli import main as cli

from tests.support.pages import ROOT, Block

PROMPT = "$ "
OTHERS = frozenset(
    {
        *("cd", "docker", "envsubst", "git", "kill", "pip", "psql", "sed", "set", "uv", "uvx"),
        *("pytest", "curl", "npm", "npx", "promtool"),
    }
)
"""Programs of others. Their options are theirs."""
NEW_PROJECT = ROOT / "devstack/src/turnstream_devstack/templates/common"
"""Where the files are that `turnstream new` writes, whatever it begins from."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
_END = {"|", "||", "&&", ";", "&"}
_REDIRECTION = re.compile(r"\d?[<>]")


class Wrong(Exception):
    """A command that could not be typed; it says why."""


def lines(block: Block) -> Iterator[str]:
    """The command lines of a block: behind a prompt where it has one, else all."""
    text = block.code.replace("\\\n", " ")
    if block.language == "console":
        yield from _behind_prompts(block.code)
        return
    yield from (line for line in text.splitlines() if line.strip())


def _behind_prompts(text: str) -> Iterator[str]:
    """A command goes on where its line ends with a backslash, or inside a quoted text."""
    command = ""
    for line in text.splitlines():
        if command:
            command += line if command.endswith(" ") else f"\n{line}"
        elif line.startswith(PROMPT):
            command = line.removeprefix(PROMPT)
        else:
            continue  # what was printed
        if command.endswith("\\"):
            command = command.removesuffix("\\") + " "
        elif _ends(command):
            yield command
            command = ""
    if command:
        raise Wrong(f"it does not end: {command}")


def _ends(command: str) -> bool:
    try:
        shlex.split(command, comments=True)
    except ValueError:  # a text in quotes goes on in the next line
        return False
    return True


def check(line: str) -> None:
    """Raise `Wrong` for a line that could not be typed in a clone, or where it is installed."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError as problem:
        raise Wrong(str(problem)) from None
    for command in _commands(words):
        _check_command(command)


def _commands(words: Sequence[str]) -> Iterator[list[str]]:
    """The simple commands of a line, without assignments and redirections."""
    command: list[str] = []
    redirected = False
    for word in [*words, ";"]:
        if word in _END:
            if command:
                yield command
            command = []
        elif redirected:
            redirected = False
        elif _REDIRECTION.match(word):
            redirected = word.endswith(("<", ">"))
        elif command or not _ASSIGNMENT.match(word):
            command.append(word)


def _check_command(command: Sequence[str]) -> None:
    program, arguments = command[0].removeprefix(".venv/bin/"), list(command[1:])
    match program:
        case "export":
            return
        case "make":
            _check_make(arguments)
        case "turnstream":
            _check_turnstream(arguments)
        case "python":
            _check_module(arguments)
        case "sh":
            if not any((each / arguments[0]).is_file() for each in (ROOT, NEW_PROJECT)):
                raise Wrong(f"there is no {arguments[0]}")
        case "docker" if "turnstream" in arguments:
            _check_turnstream(arguments[arguments.index("turnstream") + 1 :])
        case _ if program in OTHERS or program in _scripts():
            return
        case _:
            raise Wrong(f"nobody knows the program {program}")


def _check_make(arguments: Sequence[str]) -> None:
    targets = _TARGET.findall((ROOT / "Makefile").read_text())
    for each in arguments:
        if not _ASSIGNMENT.match(each) and each not in targets:
            raise Wrong(f"there is no target {each}")


def _check_turnstream(arguments: Sequence[str]) -> None:
    """As the command line itself takes it."""
    arguments = [each for each in arguments if each != "…"]
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(told):
        try:
            cli._parser(arguments).parse_args(arguments)
        except SystemExit as end:
            if end.code:
                raise Wrong(told.getvalue().strip().splitlines()[-1]) from None


def _check_module(arguments: Sequence[str]) -> None:
    """Of our own modules: each option stands in their code, which is read and not run."""
    if arguments[:1] != ["-m"]:
        return
    module = ROOT / arguments[1].replace(".", "/")
    sources = [*module.glob("*.py"), *module.parent.glob(f"{module.name}.py")]
    code = "".join(each.read_text() for each in sources)
    missing = [each for each in _long(arguments[2:]) if f'"{each}"' not in code]
    if sources and missing:
        raise Wrong(f"{arguments[1]} has no {', '.join(missing)}")


def _long(arguments: Sequence[str]) -> list[str]:
    return [each.partition("=")[0] for each in arguments if each.startswith("--")]


@cache
def _scripts() -> frozenset[str]:
    """The commands that our packages install."""
    found: set[str] = set()
    for manifest in [ROOT / "pyproject.toml", *ROOT.glob("services/*/pyproject.toml")]:
        found |= set(tomllib.loads(manifest.read_text())["project"].get("scripts", {}))
    return frozenset(found)
