"""A file of an app is not imported in place of a module that a service needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from turnstream.process import app_path

ASKED = """
from turnstream.process import app_path
with app_path.AppFoldersLast():
    import redis
import redis.asyncio, limits_of_the_app
print(redis.__file__, limits_of_the_app.__file__, sep="\\n")
"""


def test_what_a_service_needs_is_its_own_and_the_rest_is_the_apps(tmp_path: Path) -> None:
    """Though both are in the app's folder, which comes first on the path of the process.

    `token` and `dis` are of Python's library: `inspect` needs both, and services need `inspect`.
    """
    for name in ("redis", "token", "dis"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('this is the app')")
    (tmp_path / "limits_of_the_app.py").write_text("")

    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    answered = subprocess.run(
        [sys.executable, "-c", ASKED], env=env, capture_output=True, text=True, check=True
    )

    ours, theirs = answered.stdout.split()
    assert "site-packages" in ours
    assert Path(theirs).parent == tmp_path


@pytest.mark.parametrize("given", ["", os.pathsep])
def test_without_an_app_nothing_moves(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", given)
    before = list(sys.path)
    with app_path.AppFoldersLast():
        assert sys.path == before
    assert sys.path == before
