"""What the Turnstream services share: contracts, event log, store client, settings.

For apps: `run_step` and `recorded_stream`, and what they raise.
"""

from turnstream.process import app_path

with app_path.AppFoldersLast():  # a file of an app must not be imported in place of what is ours
    from turnstream.steps import StepNotRecordable, recorded_stream, run_step

__all__ = ["StepNotRecordable", "recorded_stream", "run_step"]
