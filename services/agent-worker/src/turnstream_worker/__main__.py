"""`python -m turnstream_worker` runs turns until it is told to stop."""

import os
import sys
import time

import uvicorn
from turnstream import gc_tuning, telemetry

from turnstream_worker.app import create_app
from turnstream_worker.assistant import AssistantNotLoaded
from turnstream_worker.settings import WorkerSettings

EX_CONFIG = 78
"""Exit status for a configuration error (sysexits.h): starting again does not help."""


def main() -> None:
    """Run a worker; exit with status 78 and the reason when its assistant can't be loaded."""
    os.environ["TZ"] = "UTC"  # the SDK makes naive local times; see wire.py
    time.tzset()
    settings = WorkerSettings()
    telemetry.set_up("agent-worker", settings)
    try:
        app = create_app(settings)
    except AssistantNotLoaded as error:
        print(f"agent-worker: {error}", file=sys.stderr)
        sys.exit(EX_CONFIG)
    gc_tuning.freeze_startup_objects()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.health_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
