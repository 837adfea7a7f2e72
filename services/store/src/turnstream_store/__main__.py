"""`python -m turnstream_store` serves; `python -m store migrate` brings the schema up to date."""

import argparse

import uvicorn
from turnstream import gc_tuning, telemetry
from turnstream.http.http_protocol import HttpProtocol

from turnstream_store.settings import StoreSettings


def main() -> None:
    """Run the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m turnstream_store", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "migrate"),
        default="serve",
        help="serve the store's API (default), or migrate the database and exit",
    )
    command = parser.parse_args().command
    settings = StoreSettings()
    telemetry.set_up("store", settings)
    if command == "migrate":
        _migrate(settings)
    else:
        _serve(settings)


# Each imports what it needs: a system that starts waits for its migration, which needs nothing of
# the app, and the app needs nothing of Alembic.


def _migrate(settings: StoreSettings) -> None:
    from turnstream_store.database.migrate import migrate

    migrate(settings)


def _serve(settings: StoreSettings) -> None:
    from turnstream_store.app import create_app

    app = create_app(settings)
    gc_tuning.freeze_startup_objects()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        http=HttpProtocol,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
