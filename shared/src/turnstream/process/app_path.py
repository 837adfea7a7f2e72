"""Where modules of an app are looked for: last while a service imports its own.

An app's folder on PYTHONPATH comes before Python's library and every package. A file in it that is
called `redis.py` or `email.py` would be imported in place of what a service needs. This module and
`turnstream/__init__.py`, which comes before it, import nothing that such a file could hide: Python
has loaded `os` and `sys` before it looks into any folder.
"""

import os
import sys


def add(folder: str) -> None:
    """Have modules of an app looked for in one more folder, as if PYTHONPATH named it first."""
    given = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, given] if given else [folder])
    sys.path.insert(0, folder)


class AppFoldersLast:
    """`with app_path.AppFoldersLast():` around the imports of a service. What was imported
    stays.
    """

    def __enter__(self) -> None:
        folders = _folders()
        sys.path[:] = [each for each in sys.path if each not in folders] + folders

    def __exit__(self, *_: object) -> None:
        folders = _folders()
        sys.path[:] = folders + [each for each in sys.path if each not in folders]


def _folders() -> list[str]:
    """The entries of `sys.path` that PYTHONPATH put there. Without `pathlib`: see above."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    known = {os.path.abspath(each) for each in given if each}  # noqa: PTH100
    return [each for each in sys.path if each and os.path.abspath(each) in known]  # noqa: PTH100
