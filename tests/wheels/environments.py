"""Environments with the wheels in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or str(ROOT / "build/uv/bin/uv")
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Environment:
    """A virtual environment that has Turnstream."""

    directory: Path
    has_all: bool
    """Whether it has all that it needs itself; else packages of others are found elsewhere."""

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.directory / "bin/python"

    def install_project(self, project: Path) -> None:
        """Install a project to work on it, with what its tests need, unless that is there."""
        if self.has_all:
            _uv("pip", "install", "--quiet", "--python", str(self.python), "-e", f"{project}[dev]")

    @property
    def command(self) -> Path:
        """The program `turnstream`."""
        return self.directory / "bin/turnstream"

    @property
    def variables(self) -> dict[str, str]:
        """What a process in it is given: nothing of these tests, nor of this repository."""
        kept = ("PATH", "HOME", "TMPDIR", "LANG", "XDG_CACHE_HOME")
        given = {name: os.environ[name] for name in kept if name in os.environ}
        return given | {"OPENAI_AGENTS_DISABLE_TRACING": "1"}

    def run(self, *arguments: str) -> str:
        """What the program prints."""
        return subprocess.run(
            [self.command, *arguments],
            cwd=self.directory,
            env=self.variables,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def build_wheels(directory: Path) -> list[Path]:
    """All wheels, by what `make dist` runs."""
    program = [sys.executable, str(ROOT / "devstack/build_dist.py"), str(directory)]
    subprocess.run(program, check=True, capture_output=True)
    return sorted(directory.glob("*.whl"))


def find_python(version: str) -> str | None:
    """A Python of this machine, such as `3.13`."""
    if version == THIS_PYTHON:
        return sys.executable
    asked = subprocess.run(
        [UV, "python", "find", "--no-python-downloads", "--system", version],
        cwd="/",  # not the one of this repository
        capture_output=True,
        text=True,
    )
    if asked.returncode == 0:
        return asked.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return next(map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))), None)


def clean(directory: Path, python: str, wheels: Sequence[Path]) -> Environment:
    """An environment into which the wheels are installed with all that they need."""
    _uv("venv", "--quiet", "--python", python, str(directory))
    _install(directory, wheels)
    return Environment(directory, has_all=True)


def borrowing(directory: Path, wheels: Sequence[Path]) -> Environment:
    """The same within seconds: what others wrote is that of these tests' own environment.

    Its folder of packages comes last, and the `.pth` files in it, by which this repository's code
    is found here, do not count in such a folder.
    """
    _uv("venv", "--quiet", "--python", sys.executable, str(directory))
    _install(directory, wheels, "--no-deps")
    ours = Path(sys.prefix, *_below_prefix())
    theirs = Path(directory, *_below_prefix())
    (theirs / "packages_of_others.pth").write_text(f"{ours}\n")
    return Environment(directory, has_all=False)


def _below_prefix() -> tuple[str, ...]:
    return ("lib", f"python{THIS_PYTHON}", "site-packages")


def _install(directory: Path, wheels: Sequence[Path], *options: str) -> None:
    python = str(directory / "bin/python")
    _uv("pip", "install", "--quiet", "--python", python, *options, *map(str, wheels))


def _uv(*arguments: str) -> None:
    ended = subprocess.run([UV, *arguments], cwd="/", capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
