"""Modules of an app whose names are taken: by Python, or by a package that the worker uses."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from turnstream_worker.checks.findings import Finding, Location, Severity


def name_findings() -> Iterator[Finding]:
    """Files on PYTHONPATH, and in the working directory, that are not the module of their name."""
    for folder in _folders():
        for path in sorted(folder.iterdir()):
            name = path.stem if path.suffix == ".py" else path.name
            is_module = path.suffix == ".py" or (path / "__init__.py").is_file()
            loaded = sys.modules.get(name) if is_module and name.isidentifier() else None
            file = getattr(loaded, "__file__", None)
            is_other = loaded is not None and (file is None or folder not in Path(file).parents)
            if is_other and not name.startswith("_"):
                yield Finding(
                    "module-name",
                    Severity.WARNING,
                    f"`import {name}` gives {_owner(name, file)}, and never this file.",
                    "Give it another name, or put it into a package.",
                    Location(path, 1),
                )


def _owner(name: str, file: str | None) -> str:
    if name in sys.stdlib_module_names:
        return "Python's own module"
    return file or "another one"


def _folders() -> list[Path]:
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    found = [Path(each).absolute() for each in given if each]
    return [each for each in dict.fromkeys(found) if each.is_dir()]
