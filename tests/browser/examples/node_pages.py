"""Examples with packages of npm: installed, built and served."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.browser.examples.static_pages import EXAMPLES
from tests.support.waiting import free_port, wait_until

SOURCES = ("*.*", "src/**/*", "app/**/*", "lib/**/*")
"""What an example is built from."""

UNREACHABLE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b")
"""What npm says when there is no registry."""


def install(name: str) -> Path:
    """The folder of an example with its packages; the test is skipped where they can't be had."""
    home = EXAMPLES / name
    if not shutil.which("npm"):
        pytest.skip("needs Node.js with npm")
    installed, wanted = home / "node_modules/.package-lock.json", home / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
        return home
    done = npm(home, "ci", "--no-audit", "--no-fund")
    if UNREACHABLE.search(done.stderr):
        pytest.skip(f"the packages of examples/web/{name} can't be had: no registry answers")
    assert done.returncode == 0, done.stderr
    installed.touch()
    return home


def build(home: Path, result: str, env: Mapping[str, str] | None = None) -> None:
    """What its `npm run build` does, unless `result` is newer than every source."""
    sources = [home / "package-lock.json", *(each for name in SOURCES for each in home.glob(name))]
    built = home / result
    if built.exists() and built.stat().st_mtime > max(each.stat().st_mtime for each in sources):
        return
    done = npm(home, "run", "build", env=env)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def serve(home: Path, program: str, command: str, env: Mapping[str, str]) -> Iterator[str]:
    """Run a server of an example's packages, such as Vite's, on a port of its own; its address."""
    port = free_port()
    asked = ["node", f"node_modules/{program}", command, "--port", str(port)]
    with subprocess.Popen(asked, cwd=home, env={**os.environ, **env}) as server:
        url = f"http://localhost:{port}"
        try:
            wait_until(lambda: _answers(url), 30, f"{program} {command}")
            yield url
        finally:
            server.terminate()


def npm(
    home: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What npm does in an example, and says."""
    return subprocess.run(
        ["npm", *arguments],
        cwd=home,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=2).close()
    except OSError:  # URLError is one; a server that only begins may reset a connection, too
        return False
    return True
