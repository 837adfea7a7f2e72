"""What the Turnstream services share: contracts, event log, store client, settings.

For apps: `run_step` and `recorded_stream`.
"""

from turnstream.steps import recorded_stream, run_step

__all__ = ["recorded_stream", "run_step"]
