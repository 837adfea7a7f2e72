"""The command line."""

import sys

from devstack.up import up

USAGE = "usage: python -m devstack up    start everything and run until Ctrl-C"


def main() -> int:
    """Run the command; the exit code."""
    if sys.argv[1:] != ["up"]:
        print(USAGE, file=sys.stderr)
        return 2
    return up()


sys.exit(main())
