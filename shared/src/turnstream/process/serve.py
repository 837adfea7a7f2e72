"""How every service starts: read the settings, build the app, serve until a signal."""

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn, TypeVar

from fastapi import FastAPI
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsError

from turnstream import telemetry
from turnstream.http.health import health_app
from turnstream.http.readiness import Readiness
from turnstream.http.server import (
    STARTUP_FAILED,
    Listening,
    Server,
    Ticking,
    serve_both,
    server_config,
)
from turnstream.process import gc_tuning, open_files
from turnstream.secrets.redaction import without_secrets
from turnstream.setting_names import misspelt
from turnstream.settings import ConfigurationError, Settings

log = telemetry.get_logger(__name__)

EX_CONFIG = 78
"""Exit status for a configuration error (sysexits.h): starting again does not help."""
_HEALTH_GRACE = timedelta(seconds=1)
"""For open requests of whoever watches over the process, once it has ended."""

_BAD = (ValidationError, ConfigurationError, SettingsError)

S = TypeVar("S", bound=Settings)


def read_settings(service: str, settings_class: type[S]) -> S:
    """The settings from the environment; from then on the service logs, and traces if asked to.

    Exits with `EX_CONFIG` and one line for each setting that can't be used, as `LOG_FORMAT` says.
    """
    problems = bad_settings([settings_class])
    if problems:
        _exit(service, problems)
    settings = settings_class()
    telemetry.set_up(service, settings)
    return settings


def bad_settings(classes: Iterable[type[BaseSettings]]) -> list[str]:
    """A line for each problem of the environment, for the settings of these classes."""
    problems = misspelt(os.environ)
    for each in classes:
        try:
            each()
        except _BAD as error:
            problems += _problems(error, each)
    return list(dict.fromkeys(problems))


@contextmanager
def exit_on_bad_settings(service: str) -> Iterator[None]:
    """Exit with `EX_CONFIG` and one line for each problem, if the block finds a bad setting."""
    try:
        yield
    except _BAD as error:
        _exit(service, _problems(error))


def _problems(
    error: ValidationError | ConfigurationError | SettingsError,
    settings: type[BaseSettings] = BaseSettings,
) -> list[str]:
    if isinstance(error, ValidationError):
        return [_problem(each, settings) for each in error.errors(include_url=False)]
    return [str(error)]


def _exit(service: str, problems: Sequence[str]) -> NoReturn:
    for problem in problems:
        sys.stderr.write(f"{_line(service, ' '.join(problem.split()))}\n")
    sys.exit(EX_CONFIG)


def _line(service: str, problem: str) -> str:
    """A problem as a line of the log. The settings that say how lines look may be the bad ones, so
    the environment is asked.
    """
    if os.environ.get("LOG_FORMAT") == "console":
        return f"{service}: {problem}"
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told = {"event": "setting refused", "level": "critical", "timestamp": at, "service": service}
    return json.dumps({**told, "problem": problem}, ensure_ascii=False)


def serve(app: FastAPI, listening: Listening, *, metrics_key: SecretStr | None = None) -> None:
    """Serve until SIGINT or SIGTERM, and end as `listening` says.

    `app.state.stopping()` is true from the signal on, and `app.state.readiness` says so. Raises the
    `ConfigurationError` that an app put into `app.state.refused` when it could not start.
    """
    server, health = Server(app, listening), None
    app.state.stopping = lambda: server.draining
    readiness: Readiness | None = getattr(app.state, "readiness", None)
    if readiness is not None:
        readiness.life = server
        if listening.health_port is not None:
            apart = replace(listening, port=listening.health_port, grace=_HEALTH_GRACE)
            health = Ticking(server_config(health_app(readiness, metrics_key), apart))
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


def _run(server: Server, health: Ticking | None) -> None:
    """Run the server to its end, whatever other code on its event loop asks for.

    `sys.exit()` in a task, of an app or of a tool, leaves the event loop by way of asyncio. That is
    the end of the task, which holds the exception, and not of everybody else's work.
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


_OPEN_KINDS = {"literal_error", "enum"}
"""Problems of a setting with a few possible values: what it has is no secret."""
_SHOWN = 60
"""Characters of a value. A person finds a longer one by its name."""


def _problem(error: ErrorDetails, settings: type[BaseSettings]) -> str:
    """The line about one setting, with its value where that is no secret."""
    path, message = error["loc"], error["msg"].removeprefix("Value error, ")
    if not path:  # a rule about several settings names them itself
        return message
    name = str(path[0]).upper()
    shown = error["type"] in _OPEN_KINDS or _is_open(settings, str(path[0]))
    value = f"={without_secrets(repr(error['input']))[:_SHOWN]}" if shown else ""
    return message if message.startswith(name) else f"{name}{value}: {message}"


def _is_open(settings: type[BaseSettings], name: str) -> bool:
    """Whether anybody may read the value of a setting. Passwords in addresses are taken out."""
    field = settings.model_fields.get(name)
    return field is not None and "SecretStr" not in repr(field)
