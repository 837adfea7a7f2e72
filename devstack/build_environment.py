"""Build `.venv` from uv.lock. Run by make with the system's Python, so it needs nothing but that.

uv does the work. One on PATH is used if it is new enough; otherwise pip puts one into `build/uv`.
A Python without pip brings pip along as a wheel that runs where it lies; one stripped of that too
(Debian's python3 without python3-venv) fetches the wheel from the package registry.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parent.parent
PRIVATE_UV = ROOT / "build" / "uv"
REGISTRY = "https://pypi.org/simple"


def main() -> None:
    """Build the environment and say how long it took."""
    began = time.monotonic()
    print("environment: building .venv (once; a minute or so)", flush=True)
    uv = uv_on_path() or private_uv()
    env = os.environ | {
        "UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv"),
        "UV_PYTHON_DOWNLOADS": "never",  # Python was promised to be here; only packages are fetched
        "UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "copy" if other_disk() else "hardlink"),
    }
    env.pop("VIRTUAL_ENV", None)  # one that is active by chance is none of our business
    command = [uv, "sync", "--frozen", "--all-groups", "--python", sys.executable]
    command.append("--compile-bytecode")  # or the first start of every process does it anew
    if not sys.stderr.isatty():
        command.append("--quiet")  # no progress bars in a log
    if subprocess.run(command, check=False, cwd=ROOT, env=env).returncode != 0:
        sys.exit(
            "environment: uv could not install the packages; is the package registry reachable?"
        )
    print(f"environment: built in {time.monotonic() - began:.0f} s", flush=True)


def uv_on_path() -> str | None:
    """The uv on PATH, if it works and is new enough for the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = numbers(project["tool"]["uv"]["required-version"])
    try:
        version = subprocess.run(
            ["uv", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return "uv" if numbers(version) >= needed else None


def numbers(version: str) -> tuple[int, ...]:
    """The first run of dotted numbers in a text: `uv 0.9.2 (…)` is (0, 9, 2)."""
    found = re.search(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def private_uv() -> str:
    """A uv of the project's own, installed now if it is not there yet."""
    uv = PRIVATE_UV / "bin" / "uv"
    if not uv.exists():
        with tempfile.TemporaryDirectory() as scratch:
            pip = find_pip(Path(scratch))
            target = ["--target", str(PRIVATE_UV)]
            options = [
                "--quiet",
                "--upgrade",
                "--no-warn-script-location",
                "--disable-pip-version-check",
            ]
            if (
                subprocess.run([*pip, "install", *options, *target, "uv"], check=False).returncode
                != 0
            ):
                sys.exit(
                    "environment: pip could not install uv; is the package registry reachable?"
                )
    return str(uv)


def find_pip(scratch: Path) -> list[str]:
    """A command that runs pip, from wherever one is to be had."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    ensurepip = importlib.util.find_spec("ensurepip")
    origin = ensurepip.origin if ensurepip else None
    bundled = sorted(Path(origin).parent.glob("_bundled/pip-*.whl")) if origin else []
    wheel = bundled[-1] if bundled else fetch_pip(scratch)
    return [
        sys.executable,
        str(wheel / "pip"),
    ]  # a wheel is a zip file, and Python runs what is in one


def fetch_pip(scratch: Path) -> Path:
    """Download pip's newest wheel."""
    page = os.environ.get("PIP_INDEX_URL", REGISTRY).rstrip("/") + "/pip/"
    try:
        with urllib.request.urlopen(page, timeout=60) as answer:
            links = re.findall(
                r'href="([^"]+/(pip-[\d.]+-py3-none-any\.whl)[^"]*)"', answer.read().decode()
            )
        link, name = max(links, key=lambda found: numbers(found[1]))
        with urllib.request.urlopen(urljoin(page, link), timeout=60) as answer:
            wheel = scratch / str(name)
            wheel.write_bytes(answer.read())
    except (OSError, ValueError) as problem:
        sys.exit(
            f"environment: no uv, no pip, and none to be had from {page} ({problem}): install uv"
        )
    return wheel


def other_disk() -> bool:
    """Whether uv's cache lies on another file system, where it cannot link files into `.venv`."""
    home = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home())
    try:
        return home.stat().st_dev != ROOT.stat().st_dev
    except OSError:
        return True


if __name__ == "__main__":
    main()
