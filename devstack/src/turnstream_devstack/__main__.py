"""The command line."""

import os
import sys

# A file of an app must not be imported in place of what the supervisor needs.
_APP = {
    os.path.abspath(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each
}
sys.path[:] = [each for each in sys.path if os.path.abspath(each) not in _APP]

from turnstream_devstack.up import up  # noqa: E402

USAGE = "usage: python -m turnstream_devstack up    start everything and run until Ctrl-C"


def main() -> int:
    """Run the command; the exit code."""
    if sys.argv[1:] != ["up"]:
        print(USAGE, file=sys.stderr)
        return 2
    return up()


sys.exit(main())
