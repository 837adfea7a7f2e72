"""`settings_check` names every setting that some service could not use.

`make up` runs it before it starts anything.
"""

import sys

from turnstream.process import app_path

with app_path.AppFoldersLast():  # a file of an app must not be imported in place of what is ours
    from turnstream import service_settings
    from turnstream.process.bad_settings import EX_CONFIG


def main() -> int:
    """Print a line for each problem; `EX_CONFIG` if there is one."""
    with app_path.AppFoldersLast():
        problems = service_settings.problems()
    for problem in problems:
        print(problem)
    return EX_CONFIG if problems else 0


if __name__ == "__main__":
    sys.exit(main())
