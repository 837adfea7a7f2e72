"""Another user of the machine gets nothing of a running stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_account_gets_nothing(stack: Stack) -> None:
    """No file, no name of a file, and of the servers only that they ask for a password."""
    assert stack.valkey is not None
    assert stack.postgres is not None
    program = [sys.executable, "-m", "tests.devstack.stranger", str(stack.data_dir)]
    servers = [str(stack.valkey.port), str(stack.postgres.port)]
    pids = [str(child.pid) for child in stack.children]
    ended = subprocess.run([*program, *servers, *pids], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("that is all\n", "")


def test_what_a_stack_writes_is_for_its_own_user_alone(stack: Stack) -> None:
    """Also what its services write, and directories that were open before."""
    (stack.data_dir / "blobs" / "file").unlink()
    open_ones = [
        path for path in stack.data_dir.rglob("*") if path.stat().st_mode & 0o077 and _ours(path)
    ]
    assert stack.data_dir.stat().st_mode & 0o777 == 0o700
    assert open_ones == []


def _ours(path: Path) -> bool:
    return path.stat().st_uid == os.geteuid()


def test_no_command_line_tells_a_password(stack: Stack) -> None:
    """Every user of the machine can read those."""
    told = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    for url in (stack.redis_url, stack.database_url):
        assert url.split("@")[0].rsplit(":", 1)[1] not in told
    assert stack.internal_key not in told
