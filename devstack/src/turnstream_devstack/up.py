"""`turnstream up`: a stack in the foreground, until a signal stops it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType

from turnstream_devstack import screen
from turnstream_devstack.files import AlreadyInUse
from turnstream_devstack.options import PREFIX, database_is_the_apps, read_env_file, read_options
from turnstream_devstack.processes.child import EX_CONFIG, StartFailed
from turnstream_devstack.processes.spawning import PRIVATE, Launch
from turnstream_devstack.processes.under_make import stop_with_make
from turnstream_devstack.processes.waiting import WaitCancelled
from turnstream_devstack.services import (
    MIGRATION,
    SETTINGS_CHECK,
    SETTINGS_LIBRARIES,
    TURNSTREAM,
    WITH_GUIDE_MCP,
    ServiceSpec,
)
from turnstream_devstack.stack import Stack

ENV_FILE = Path(".env")

TIMEOUT = timedelta(minutes=5)
"""How long a start may take before it has failed. The first one after an installation compiles all
that is imported, and a small machine may be busy with other things. Ctrl-C ends it sooner."""

SIGNAL_DEBOUNCE = timedelta(seconds=1)
"""Signals this close together are one wish: many reach us both directly and through make."""


def up(
    specs: Sequence[ServiceSpec] | None = None,
    migration: Sequence[str] | None = MIGRATION,
    check: Sequence[str] | None = SETTINGS_CHECK,
    given: Mapping[str, str] | None = None,
    serving: Callable[[Stack], AbstractContextManager[None]] | None = None,
) -> int:
    """Run until a signal; a second one does not wait for services. Returns the exit code.

    Settings are those `given`, else those of the environment, else those of `.env`. Without `specs`
    it runs our services, and the guide's MCP server unless `MCP_SERVERS` names others. `serving`
    goes on while turns are served.
    """
    os.umask(PRIVATE)
    began = time.monotonic()
    settings = _settings(given or {})
    try:
        stack = _stack(settings, services_for(settings) if specs is None else specs, migration)
    except ValueError as wrong:
        screen.say(str(wrong))
        return 2
    if check is not None and (problems := _problems(check, stack)):
        for problem in problems:
            screen.say(problem)
        stack.stop()
        return EX_CONFIG
    stopping = threading.Event()
    _stop_on_signals(stack, stopping)
    screen.opening(stack.data_dir)
    if database_is_the_apps({**os.environ, **settings}):
        screen.say("DATABASE_URL names no Postgres and is left to the app")
    try:
        stack.start()
        screen.ready(stack, timedelta(seconds=time.monotonic() - began))
        with serving(stack) if serving else nullcontext():
            stopping.wait()
            screen.say("stopping")
    except WaitCancelled:
        screen.say("stopped before it was ready")
        return 130
    except (StartFailed, AlreadyInUse, RuntimeError, OSError) as failure:
        screen.say(f"could not start: {failure}")
        return 1
    stack.stop()
    screen.say("stopped")
    return 0


def _settings(given: Mapping[str, str]) -> dict[str, str]:
    """What is set beside the environment."""
    of_file = read_env_file(ENV_FILE)
    return {name: value for name, value in of_file.items() if name not in os.environ} | {**given}


def services_for(settings: Mapping[str, str]) -> Sequence[ServiceSpec]:
    """Our services, and the guide's MCP server unless somebody names others, or none."""
    named = {"MCP_SERVERS", f"{PREFIX}MCP_SERVERS"} & {*os.environ, *settings}
    return TURNSTREAM if named else WITH_GUIDE_MCP


def _stack(
    settings: Mapping[str, str], specs: Sequence[ServiceSpec], migration: Sequence[str] | None
) -> Stack:
    options = read_options({**os.environ, **settings})
    return Stack(
        options.data_dir,
        port=options.port,
        workers=options.workers,
        gateways=options.gateways,
        env=settings,
        redis_url=options.redis_url,
        redis_memory=options.redis_memory,
        database_url=options.database_url,
        one_worker_first=True,
        restart=options.restart,
        timeout=TIMEOUT,
        durable=True,
        specs=specs,
        migration=migration,
        on_stage=screen.stage,
        on_event=screen.event,
    )


def _problems(check: Sequence[str], stack: Stack) -> list[str]:
    """What a check says of the settings that the services of a stack would get."""
    with TemporaryFile() as output:
        code = stack.fork_server.spawn(
            Launch(check, env=stack.settings(), libraries=SETTINGS_LIBRARIES), output
        ).wait()
        output.seek(0)
        lines = output.read().decode().splitlines()
    if code not in (0, EX_CONFIG):
        return [*lines, "the settings could not be checked"]
    return lines if code else []


def _stop_on_signals(stack: Stack, stopping: threading.Event) -> None:
    reported_at = 0.0

    def handle(_signal: int, _frame: FrameType | None) -> None:
        nonlocal reported_at
        if stopping.is_set() and time.monotonic() - reported_at > SIGNAL_DEBOUNCE.total_seconds():
            stack.kill_services()
        reported_at = time.monotonic()
        stopping.set()
        stack.interrupt()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        ignored = number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN
        if not ignored:  # nohup asks us to outlive the terminal
            signal.signal(number, handle)

    def stop() -> None:
        if not stopping.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    stop_with_make(stop)
