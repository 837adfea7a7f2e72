"""`python -m turnstream.cli`."""

import sys

from turnstream.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
