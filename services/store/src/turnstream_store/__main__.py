"""`python -m turnstream_store` serves; `python -m turnstream_store migrate` updates the schema."""

from turnstream.process import app_path, gc_tuning

gc_tuning.wait_for_startup()
with app_path.AppFoldersLast():  # a file of an app must not be imported in place of what is ours
    import argparse
    import logging
    import sys
    from datetime import timedelta

    from turnstream.http.server import ServerOptions
    from turnstream.process.bad_settings import exit_on_bad_settings
    from turnstream.process.serve import read_settings, serve

    from turnstream_store.settings import StoreSettings

GRACE = timedelta(seconds=10)
"""The time for open requests after SIGTERM. Each is a short transaction."""


def main(*arguments: str) -> None:
    """Run the command that the arguments name: those given, else those of the command line."""
    parser = argparse.ArgumentParser(prog="python -m turnstream_store", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "migrate"),
        default="serve",
        help="serve the store's API (default), or migrate the database and exit",
    )
    parser.add_argument(
        "--check", action="store_true", help="with migrate: tell what would run, and change nothing"
    )
    options = parser.parse_args(arguments or None)
    settings = read_settings("store", StoreSettings)
    if options.command == "migrate":
        _migrate(settings, only_check=options.check)
    else:
        _serve(settings)


# Each imports what it needs: a system that starts waits for its migration, which needs nothing of
# the app, and the app needs nothing of Alembic.


def _migrate(settings: StoreSettings, *, only_check: bool) -> None:
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # each, at each import
    with app_path.AppFoldersLast():
        from turnstream_store.database.schema.check import SchemaState
        from turnstream_store.database.schema.migrate import NoDatabase, TooNew, check, migrate

    gc_tuning.freeze_startup_objects()
    try:
        found = check(settings) if only_check else migrate(settings)
    except (NoDatabase, TooNew) as error:
        sys.stderr.write(f"store: {error}\n")
        sys.exit(error.status)
    if only_check or found.state is SchemaState.NEWER:
        print(*found.lines(), sep="\n")
    sys.exit(int(found.state) if only_check else 0)


def _serve(settings: StoreSettings) -> None:
    with app_path.AppFoldersLast():
        from turnstream_store.app import create_app

    with exit_on_bad_settings("store"):
        app = create_app(settings)
    listening = ServerOptions(
        settings.host,
        settings.port,
        grace=GRACE,
        delay=settings.shutdown_delay,
        health_port=settings.health_port,
    )
    serve(app, listening, metrics_key=settings.metrics_key)


if __name__ == "__main__":
    main()
