"""What the Turnstream services share: contracts, event log, store client, settings.

For apps: `run_step` and `recorded_stream`, and what they raise.
"""

from turnstream.steps import StepNotRecordable, recorded_stream, run_step

__all__ = ["StepNotRecordable", "recorded_stream", "run_step"]
