"""`checks.ratchet [checkout]` measures code, and fails where it grew too far.

The limits are those of CONTRIBUTING. A limit that was not reached yet stands at today's figure:
lower it after an improvement, never raise it. A size past a limit is a question, not an order to
cut a file in two.
"""

import ast
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

FILE_LINES, FILE_LINES_P95 = 400, 250
FOLDER_FILES = 15
"""Of a folder of the product, without its `__init__`. Lists of cases in tests may be longer."""
FUNCTION_LINES, FUNCTION_LINES_P95 = 60, 40
PARAMETERS = 5
ANY_PER_1000 = 5.2
"""Uses of `Any` in 1,000 lines of the product."""
MANY_PARAMETERS = frozenset(
    {
        # The Agents SDK calls a model with so many.
        "DemoModel.get_response",
        "DemoModel.stream_response",
        "JournaledModel.get_response",
        "JournaledModel.stream_response",
        # FastAPI passes each part of a request and each dependency as a parameter.
        "list_items",
        # A page of items is described by so much.
        "HttpThreads.items",
        "MemoryThreads.items",
        "Threads.items",
    }
)
"""Functions with more than `PARAMETERS` parameters. No other may be added."""
PRODUCT = ("shared", "services")
"""Where the code lies that others install, without the guide that shows it."""
NOT_INSTALLED = ("checks", "bench", "tests")
"""Where the code lies that only this repository's developers run."""
NOT_MEASURED = ("migrations/versions", "agent_builder_exports")
"""Migrations are written once and never changed; exports look as Agent Builder writes them."""


class Function(NamedTuple):
    """One function. Its lines are counted without decorators, its parameters without `self`."""

    path: str
    name: str
    """With that of its class: `Sweeper.run`."""
    lines: int
    parameters: int


@dataclass(frozen=True)
class File:
    """What is measured of one file."""

    path: str
    lines: int
    functions: Sequence[Function]
    anys: int


@dataclass(frozen=True)
class Package:
    """The files below one directory."""

    name: str
    files: Sequence[File]

    @property
    def functions(self) -> list[Function]:
        """All functions of all files."""
        return [function for file in self.files for function in file.functions]

    @property
    def lines(self) -> int:
        """Lines of all files, blank ones too."""
        return sum(file.lines for file in self.files)

    @property
    def any_per_1000(self) -> float:
        """Uses of `Any` in 1,000 lines."""
        return 1000 * sum(file.anys for file in self.files) / max(self.lines, 1)


def main() -> int:
    """Print the figures and whatever is past a limit; the exit code."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    packages = measure(root)
    print(table(packages))
    found = list(complaints(packages))
    for each in found:
        print(each)
    return 1 if found else 0


def measure(root: Path) -> list[Package]:
    """Every package of a checkout, the product's as a whole first."""
    sources = sorted(path for path in root.glob("**/src/*") if (path / "__init__.py").exists())
    sources = [path for path in sources if not {".venv", "build"} & set(path.parts)]
    packages = [
        _package(path, root) for path in [*sources, *(root / each for each in NOT_INSTALLED)]
    ]
    product = [file for each in packages for file in each.files if file.path.startswith(PRODUCT)]
    return [Package("the product", product), *packages]


def table(packages: Iterable[Package]) -> str:
    """The figures of all packages, one a line."""
    head = (
        f"{'':20} {'files':>5} {'lines':>6}  {'lines of a file':>16}  "
        f"{'functions':>9}  {'lines of a function':>19}  {'> 5 par.':>8}  {'Any ‰':>6}\n"
        f"{'':20} {'':5} {'':6}  {'med  p95  max':>16}  {'':9}  {'med  p95  max':>19}"
    )
    return "\n".join([head, *(_row(each) for each in packages)])


def complaints(packages: Sequence[Package]) -> Iterator[str]:
    """One line for each thing that is past its limit."""
    product, *each_package = packages
    files = [file for each in each_package for file in each.files]
    functions = [function for file in files for function in file.functions]
    for file in files:
        if file.lines > FILE_LINES:
            yield f"{file.path}: {file.lines} lines, at most {FILE_LINES}"
    yield from _of_folders(product.files)
    for function in functions:
        if function.lines > FUNCTION_LINES:
            where = f"{function.path}: {function.name}"
            yield f"{where} has {function.lines} lines, at most {FUNCTION_LINES}"
    if (p95 := _p95([file.lines for file in files])) > FILE_LINES_P95:
        yield f"95 % of the files have up to {p95} lines, at most {FILE_LINES_P95}"
    if (p95 := _p95([function.lines for function in functions])) > FUNCTION_LINES_P95:
        yield f"95 % of the functions have up to {p95} lines, at most {FUNCTION_LINES_P95}"
    yield from _of_parameters(functions)
    if (per_1000 := product.any_per_1000) > ANY_PER_1000:
        yield f"the product has {per_1000:.1f} Any in 1,000 lines, at most {ANY_PER_1000}"


def _of_folders(files: Iterable[File]) -> Iterator[str]:
    paths = [PurePosixPath(file.path) for file in files]
    held = Counter(path.parent for path in paths if path.name != "__init__.py")
    for folder, count in sorted(held.items()):
        if count > FOLDER_FILES:
            yield f"{folder}: {count} files, at most {FOLDER_FILES}"


def _of_parameters(functions: Iterable[Function]) -> Iterator[str]:
    # A test takes what pytest hands it, so its fixtures do not count.
    many = [
        each
        for each in functions
        if each.parameters > PARAMETERS and not each.path.startswith("tests/")
    ]
    for each in many:
        if each.name not in MANY_PARAMETERS:
            yield f"{each.path}: {each.name} has {each.parameters} parameters, at most {PARAMETERS}"
    for name in sorted(MANY_PARAMETERS - {each.name for each in many}):
        yield f"{name} needs no exception any more: take it out of MANY_PARAMETERS"


def _package(directory: Path, root: Path) -> Package:
    files = sorted(directory.rglob("*.py"))
    return Package(
        directory.name,
        [
            _file(file, file.relative_to(root).as_posix())
            for file in files
            if not any(part in file.as_posix() for part in NOT_MEASURED)
        ],
    )


def _file(file: Path, name: str) -> File:
    text = file.read_text()
    tree = ast.parse(text)
    anys = sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))
    return File(name, len(text.splitlines()), list(_functions(tree, name)), anys)


def _functions(node: ast.AST, path: str, inside: str = "") -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        name = inside
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{inside}.{child.name}".removeprefix(".")
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (child.end_lineno or child.lineno) - child.lineno + 1
            yield Function(path, name, lines, _parameters(child.args))
        yield from _functions(child, path, name)


def _parameters(arguments: ast.arguments) -> int:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len(every) - (bool(every) and every[0].arg in ("self", "cls"))


def _row(package: Package) -> str:
    many = sum(function.parameters > PARAMETERS for function in package.functions)
    return (
        f"{package.name:20} {len(package.files):5} {package.lines:6}  "
        f"{_spread([file.lines for file in package.files]):>16}  {len(package.functions):9}  "
        f"{_spread([function.lines for function in package.functions]):>19}  {many:8}  "
        f"{package.any_per_1000:6.1f}"
    )


def _spread(values: Sequence[int]) -> str:
    median = statistics.median_low(values) if values else 0
    return f"{median:3} {_p95(values):4} {max(values, default=0):4}"


def _p95(values: Sequence[int]) -> int:
    return sorted(values)[int(0.95 * (len(values) - 1))] if values else 0


if __name__ == "__main__":
    sys.exit(main())
