"""Packages of other frameworks, installed outside the repository and behind our own.

They never enter the environment of the developers: one of them may move our pins.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("FRAMEWORKS_DIR") or Path.home() / ".cache/turnstream/frameworks")
INSTALL_SECONDS = 180
"""The largest has 70 MB."""


class NotInstalled(Exception):
    """The packages can't be had here. The message says why."""


def installed(packages: Sequence[str]) -> Path:
    """The folder with these packages. Raises `NotInstalled` without a network, for example.

    Two tests that install the same at once write into folders of their own; the first that is
    finished gives its folder the name, and the other uses it.
    """
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    folder = CACHE / python / "+".join(packages)
    if folder.exists():
        return folder
    uv = shutil.which("uv", path=f"{ROOT / 'build/uv/bin'}:{os.environ.get('PATH', '')}")
    if uv is None:
        raise NotInstalled("there is no uv to install with")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    command = [uv, "pip", "install", "-q", "--python", sys.executable, "--target", str(made)]
    try:
        subprocess.run(
            [*command, *packages], check=True, capture_output=True, timeout=INSTALL_SECONDS
        )
        made.rename(folder)
    except subprocess.CalledProcessError as error:
        raise NotInstalled(error.stderr.decode()[-300:]) from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"not within {INSTALL_SECONDS} s") from error
    except OSError:
        if not folder.exists():  # another test was faster
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def with_packages(environment: Path, folder: Path) -> Path:
    """A Python of an environment that is made here: ours, with the packages of a folder behind."""
    venv.create(environment)
    ours = sysconfig.get_path("purelib")
    theirs = sysconfig.get_path("purelib", vars={"base": str(environment)})
    # `addsitedir` reads the `.pth` files of our environment, by which our own code is found.
    lines = f"import site; site.addsitedir({ours!r})\n{folder}\n"
    Path(theirs, "packages_of_others.pth").write_text(lines)
    return environment / "bin/python"
