"""What will not work in an app, said before its users find out.

`turnstream check module:factory` prints all findings. A worker logs the most severe ones at its
start, and refuses what can never work.
"""

from turnstream_worker.checks.at_start import check_at_start

__all__ = ["check_at_start"]
