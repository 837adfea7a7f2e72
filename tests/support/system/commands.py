"""The command `turnstream`, as an operator of a running system gives it."""

import os
import subprocess
import sys


def turnstream(
    store_url: str, internal_key: str, *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Give a command; raises if it fails, unless that is what the test is about."""
    return subprocess.run(
        [sys.executable, "-m", "turnstream.cli", *words],
        env={**os.environ, "STORE_URL": store_url, "INTERNAL_KEY": internal_key},
        capture_output=True,
        text=True,
        check=check,
        timeout=60,
    )
