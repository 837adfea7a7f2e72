"""A service uses all the files that it may have open."""

import subprocess
import sys

SCRIPT = """
import resource
from turnstream.process import open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))
print(open_files.allow_most(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_a_process_takes_what_it_is_allowed() -> None:
    """The soft limit of shells is for programs that keep no connections."""
    ran = subprocess.run((sys.executable, "-c", SCRIPT), capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["512", "512", "512"]
