"""What an operator brings along: a key, and turns to look at."""

import os
import subprocess
import sys

import httpx2 as httpx
from turnstream_devstack.stack import Stack

from tests.support.turns import message


def operator_key(stack: Stack) -> str:
    """What `turnstream console` prints last."""
    command = [sys.executable, "-m", "turnstream.cli", "console", "--expires", "1h"]
    env = {**os.environ, "DATA_DIR": str(stack.data_dir)}  # beside it, as its operator would be
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert f"{stack.gateway_urls[0]}/console" in said.stdout
    return said.stdout.split()[-1]


def begin(stack: Stack, user: str, text: str, *, wait: bool = True) -> str:
    """A turn of a user's: its id, once it has ended or at once."""
    headers = {"X-User-Id": user, "Turnstream-Client": "resumable"}
    with httpx.stream(
        "POST", f"{stack.gateway_urls[0]}/chatkit", json=message(text), headers=headers, timeout=30
    ) as answer:
        if wait:
            answer.read()
        return str(answer.headers["Turn-Id"])
