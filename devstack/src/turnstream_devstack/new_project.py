"""`turnstream new`: a small project to begin an app with.

It is made of files that lie in `templates`: those of `common`, and those of one origin over them.
They are a project called `my-app` as they are; a project of another name has that in its place.
"""

import keyword
import re
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
COMMON, DEFAULT = "common", "default"
ORIGINS = ("stock", "agent-builder", "langgraph")
"""What a project may begin from instead of nothing, each a folder of templates."""

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_TAKEN = ("tests",)
"""Folders that a project has beside its package."""
_EXAMPLE, _SETTINGS = ".env.example", ".env"


class ProjectNotMade(Exception):
    """Nothing was written. The message says why, and what to do."""


def new_project(folder: Path, origin: str = DEFAULT) -> None:
    """Write a project called after its folder, which may exist if it is empty.

    Raises `ProjectNotMade`, and `OSError` where the folder can't be written.
    """
    name = folder.absolute().name
    package = package_of(name)
    if folder.exists() and not folder.is_dir():
        raise ProjectNotMade(f"{folder} is a file: choose another name, or remove it.")
    if folder.is_dir() and any(folder.iterdir()):
        raise ProjectNotMade(f"{folder} exists and is not empty: choose another name, or empty it.")
    words = {"my-app": name, "my_app": package, "turnstream>=0": _requirement()}
    for template in (COMMON, origin):
        _write(TEMPLATES / template, folder, words)
    shutil.copyfile(folder / _EXAMPLE, folder / _SETTINGS)


def package_of(name: str) -> str:
    """The package of a project of this name. Raises `ProjectNotMade` where Python could not
    import it.
    """
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name):
        plain = "-".join(re.findall(r"[a-z0-9]+", name.lower()))
        instead = plain if _NAME.fullmatch(plain) else "my-app"
        raise ProjectNotMade(
            f"{name!r} can't be the name of a package: write small letters, digits and hyphens,"
            f" a letter first, such as {instead}."
        )
    if keyword.iskeyword(package) or package in _TAKEN:
        raise ProjectNotMade(
            f"{name} has a meaning of its own: choose another name, such as {name}-app."
        )
    if package in sys.stdlib_module_names or find_spec(package) is not None:
        raise ProjectNotMade(
            f"There is a package {package} in this environment, and Python would import the one"
            f" for the other: choose another name, such as {name}-app."
        )
    return package


def _requirement() -> str:
    """This version and later ones that promise to be compatible."""
    installed = version("turnstream-devstack")
    major, minor, *_ = (int(each) for each in re.findall(r"\d+", installed))
    following = f"{major + 1}" if major else f"0.{minor + 1}"
    return f"turnstream>={installed},<{following}"


def _write(template: Path, folder: Path, words: Mapping[str, str]) -> None:
    for file in sorted(template.rglob("*")):
        if file.is_dir() or "__pycache__" in file.parts:  # pip compiles what it installs
            continue
        target = folder / _renamed(file.relative_to(template).as_posix(), words)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_renamed(file.read_text(), words))


def _renamed(text: str, words: Mapping[str, str]) -> str:
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text
