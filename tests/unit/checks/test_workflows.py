"""The workflows run what is there: their targets, scripts and actions can be found."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.support.browsers import NAMES

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ALLOWED: tuple[dict[str, str], ...] = (
    {},
    {"id-token": "write"},
    {"contents": "read", "pages": "read"},
    {"pages": "write", "id-token": "write"},
)
"""What a job may have: it publishes packages, or the documentation, whose address it asks for."""
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def manifests() -> list[Path]:
    """The manifest of every package, the one that brings all others first."""
    root = ROOT / "pyproject.toml"
    members = tomllib.loads(root.read_text())["tool"]["uv"]["workspace"]["members"]
    return [root, *(file for each in members for file in ROOT.glob(f"{each}/pyproject.toml"))]


def jobs() -> Iterator[dict[str, Any]]:
    """Every job, but for those that are another workflow."""
    for file in WORKFLOWS:
        for job in yaml.safe_load(file.read_text())["jobs"].values():
            if "uses" not in job:
                yield job


def steps(key: str) -> list[str]:
    return [step[key] for job in jobs() for step in job["steps"] if key in step]


def test_every_target_of_make_exists() -> None:
    used = {target for run in steps("run") for target in re.findall(r"\bmake ([a-z]+)", run)}
    assert (
        {"check", "test", "systems", "chaos", "containers", "coverage", "dist"} <= used <= TARGETS
    )


def test_every_script_exists_and_can_be_run() -> None:
    scripts = {word for run in steps("run") for word in re.findall(r"^\.\S+", run, re.MULTILINE)}
    scripts |= set(re.findall(r"^\.\S+", (ROOT / ".ci/run").read_text(), re.MULTILINE))
    assert scripts == {".ci/browser", ".ci/helm", ".ci/node", ".ci/promtool"}
    assert all((ROOT / script).stat().st_mode & 0o100 for script in scripts)


def test_the_browser_that_is_installed_or_found_is_one_that_the_tests_find() -> None:
    assert f"CHROMIUM:-{' '.join(NAMES)}}}" in (ROOT / ".ci/browser").read_text()


def test_every_manifest_is_asked_for_its_version() -> None:
    [check] = [run for run in steps("run") if "GITHUB_REF_NAME" in run]
    patterns = re.findall(r"\S*pyproject\.toml", check)
    asked = {file for pattern in patterns for file in ROOT.glob(pattern)}
    assert asked == set(manifests())


def test_every_action_is_pinned_to_one_version() -> None:
    for action in steps("uses"):
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", action), action


def test_no_job_runs_for_ever_and_only_publishing_may_do_more_than_read() -> None:
    for job in jobs():
        assert job.get("permissions", {}) in ALLOWED
    for file in WORKFLOWS:
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        longest = 240 if file.stem == "nightly" else 30
        own = [job for job in workflow["jobs"].values() if "uses" not in job]
        assert all(0 < job["timeout-minutes"] <= longest for job in own)


def test_nothing_is_published_that_the_tests_did_not_pass() -> None:
    publishing = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())["jobs"]
    assert "tests" in publishing["publish"]["needs"]
    called = ROOT / publishing["tests"]["uses"]
    assert "workflow_call" in yaml.safe_load(called.read_text())[True]  # YAML reads `on` as True


def test_every_supported_python_redis_and_postgres_is_in_the_matrix() -> None:
    tests = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())["jobs"]
    rows = tests["servers"]["strategy"]["matrix"]["include"]
    assert [row["python"] for row in rows] == ["3.11", "3.12", "3.13", "3.14"]
    assert {row["redis"] for row in rows} == {"redis:6.2", "redis:7.4", "valkey/valkey:9"}
    assert {row["postgres"] for row in rows} == {"postgres:14", "postgres:18"}


def test_the_hooks_before_a_commit_run_programs_of_the_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = {hook["id"]: hook["entry"] for repo in config["repos"] for hook in repo["hooks"]}
    assert hooks.keys() == {"ruff", "ruff-format", "codespell", "ratchet"}
    manifest = (ROOT / "pyproject.toml").read_text()
    for program in (entry.split()[0].rpartition("/")[2] for entry in hooks.values()):
        assert program == "python" or f'"{program}>=' in manifest


def test_the_spelling_of_every_file_is_looked_at_as_make_check_does() -> None:
    """A file that is named without `./` would not be one of those that codespell skips."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    [hook] = [
        hook for repo in config["repos"] for hook in repo["hooks"] if hook["id"] == "codespell"
    ]
    assert hook["pass_filenames"] is False
