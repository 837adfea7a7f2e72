"""How every service starts: read the settings, build the app, serve until a signal."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from fastapi import FastAPI
from pydantic import SecretStr

from turnstream import telemetry
from turnstream.http.health import health_app
from turnstream.http.readiness import Readiness
from turnstream.http.server import (
    STARTUP_FAILED,
    Server,
    ServerOptions,
    SlowTickServer,
    serve_both,
    server_config,
)
from turnstream.process import gc_tuning, open_files
from turnstream.process.bad_settings import bad_settings, exit_with
from turnstream.settings import ConfigurationError, Settings

log = telemetry.get_logger(__name__)

_HEALTH_GRACE = timedelta(seconds=1)
"""The time for open requests of what watches over the process, once it has ended."""

S = TypeVar("S", bound=Settings)


def read_settings(service: str, settings_class: type[S]) -> S:
    """The settings from the environment; from then on the service logs, and traces if asked to.

    Exits with `EX_CONFIG` and one line for each setting that can't be used, as `LOG_FORMAT` says.
    """
    problems = bad_settings([settings_class])
    if problems:
        exit_with(service, problems)
    settings = settings_class()
    telemetry.set_up(service, settings)
    return settings


def serve(app: FastAPI, listening: ServerOptions, *, metrics_key: SecretStr | None = None) -> None:
    """Serve until SIGINT or SIGTERM, and end as `listening` says.

    From the signal on `app.state.readiness` says so. Raises the `ConfigurationError` that an app
    put into `app.state.refused` when it could not start.
    """
    server, health = Server(app, listening), None
    readiness: Readiness | None = getattr(app.state, "readiness", None)
    if readiness is not None:
        readiness.life = server
        if listening.health_port is not None:
            apart = replace(listening, port=listening.health_port, grace=_HEALTH_GRACE)
            health = SlowTickServer(server_config(health_app(readiness, metrics_key), apart))
    gc_tuning.freeze_startup_objects()
    open_files.allow_most()
    try:
        _run(server, health)
    finally:
        refused: ConfigurationError | None = getattr(app.state, "refused", None)
        if refused is not None:
            raise refused
    if not server.started:
        sys.exit(STARTUP_FAILED)


def _run(server: Server, health: SlowTickServer | None) -> None:
    """Run the server to its end, whatever other code on its event loop asks for.

    `sys.exit()` in a task of an app or a tool stops the event loop. Here it ends that task alone,
    and the loop runs on with all other tasks.
    """
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        loop = runner.get_loop()
        serving = loop.create_task(serve_both(server, health))
        while not serving.done():
            try:
                loop.run_until_complete(serving)
            except (SystemExit, KeyboardInterrupt) as error:
                if serving.done():
                    raise
                log.error("code asked the process to exit, which it does not", exc_info=error)
