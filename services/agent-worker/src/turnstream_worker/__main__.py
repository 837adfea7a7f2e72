"""`python -m turnstream_worker` runs turns until it is told to stop."""

import os
import time

from turnstream.process import app_path, gc_tuning


def main() -> None:
    """Run a worker until SIGTERM, then let its turns end or hand them back."""
    gc_tuning.wait_for_startup()
    os.environ["TZ"] = "UTC"  # the SDK makes naive local times; see chatkit_json.py
    time.tzset()
    with (
        app_path.AppFoldersLast()
    ):  # a file of the app must not be imported in place of what is ours
        from datetime import timedelta

        from turnstream.http.server import ServerOptions
        from turnstream.process.bad_settings import exit_on_bad_settings
        from turnstream.process.serve import read_settings, serve

        from turnstream_worker.settings import WorkerSettings

    settings = read_settings("agent-worker", WorkerSettings)
    with app_path.AppFoldersLast():  # what it warns of when it is imported is logged
        from turnstream_worker.app import create_app

    with exit_on_bad_settings("agent-worker"):
        app = create_app(settings)
        # For open health checks. Running turns have `DRAIN`, which comes before.
        grace = timedelta(seconds=2)
        serve(
            app,
            ServerOptions(settings.host, settings.health_port, grace, listens_while_ending=True),
        )


if __name__ == "__main__":
    main()
