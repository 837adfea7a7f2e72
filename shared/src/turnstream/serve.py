"""How every service starts: read the settings, build the app, serve until a signal."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_settings import SettingsError

from turnstream import gc_tuning, telemetry
from turnstream.http.forwarded import ForwardedHeaders
from turnstream.http.protocol import PlainHttpProtocol
from turnstream.settings import ConfigurationError, Settings

log = telemetry.get_logger(__name__)

EX_CONFIG = 78
"""Exit status for a configuration error (sysexits.h): starting again does not help."""
_STARTUP_FAILED = 3
"""uvicorn's own exit status when the app could not start."""

S = TypeVar("S", bound=Settings)


def read_settings(service: str, settings_class: type[S]) -> S:
    """The settings from the environment; from then on the service logs, and traces if asked to.

    Exits with `EX_CONFIG` and one line for each setting that can't be used.
    """
    with exit_on_bad_settings(service):
        settings = settings_class()
    telemetry.set_up(service, settings)
    return settings


@contextmanager
def exit_on_bad_settings(service: str) -> Iterator[None]:
    """Exit with `EX_CONFIG` and one line for each problem, if the block finds a bad setting."""
    try:
        yield
    except ValidationError as error:
        problems = [_problem(each["loc"], each["msg"]) for each in error.errors()]
    except (ConfigurationError, SettingsError) as error:
        problems = [str(error)]
    else:
        return
    for problem in problems:
        sys.stderr.write(f"{service}: {' '.join(problem.split())}\n")
    sys.exit(EX_CONFIG)


def serve(
    app: FastAPI, host: str, port: int, *, grace: timedelta, proxies: Sequence[str] = ()
) -> None:
    """Serve until SIGINT or SIGTERM; open requests may then go on for `grace`.

    `app.state.stopping()` is true from the signal on. `proxies` are the addresses and
    networks whose forwarding headers count. Raises the `ConfigurationError` that an app put into
    `app.state.refused` when it could not start.
    """
    server = uvicorn.Server(server_config(app, host, port, grace=grace, proxies=proxies))
    app.state.stopping = lambda: server.should_exit
    gc_tuning.freeze_startup_objects()
    _run(server)
    if not server.started:
        refused: ConfigurationError | None = getattr(app.state, "refused", None)
        if refused is not None:
            raise refused
        sys.exit(_STARTUP_FAILED)


def server_config(
    app: FastAPI, host: str, port: int, *, grace: timedelta, proxies: Sequence[str] = ()
) -> uvicorn.Config:
    """How uvicorn serves an app of ours."""
    return uvicorn.Config(
        ForwardedHeaders(app, proxies),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=PlainHttpProtocol,
        ws="none",
        timeout_graceful_shutdown=int(grace.total_seconds()),
    )


def _run(server: uvicorn.Server) -> None:
    """Run the server to its end, whatever other code on its event loop asks for.

    `sys.exit()` in a task, of an app or of a tool, leaves the event loop by way of asyncio. That is
    the end of the task, which holds the exception, and not of everybody else's work.
    """
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        loop = runner.get_loop()
        serving = loop.create_task(server.serve())
        while not serving.done():
            try:
                loop.run_until_complete(serving)
            except (SystemExit, KeyboardInterrupt) as error:
                if serving.done():
                    raise
                log.error("code asked the process to exit, which it does not", exc_info=error)


def _problem(path: tuple[int | str, ...], message: str) -> str:
    """The line about one setting. The setting's value is left out: it may be a secret."""
    message = message.removeprefix("Value error, ")
    if not path:  # a rule about several settings names them itself
        return message
    name = str(path[0]).upper()
    return message if message.startswith(name) else f"{name}: {message}"
