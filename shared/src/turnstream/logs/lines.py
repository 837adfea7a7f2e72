"""How a line is made: what it holds, what is taken out of it, and how it is written.

Every line of a process comes by here: ours, those of libraries and of the app, warnings, and what
ends a thread or the process. So each is an object of JSON, unless `LOG_FORMAT=console`.
"""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext, suppress
from types import TracebackType
from typing import Any, TextIO

import structlog
from stamina.instrumentation import PrometheusOnRetryHook, RetryDetails, set_on_retry_hooks
from structlog.typing import EventDict, ExcInfo, Processor

from turnstream.logs import words
from turnstream.secrets.redaction import without_secrets
from turnstream.settings import Settings

_QUIET = (
    "agents", "aiohttp", "aiosqlite", "alembic", "asyncpg", "boto3", "botocore", "chatkit",
    "client", "faststream", "google", "hpack", "httpcore", "httpcore2", "httpx", "httpx2",
    "langchain", "langgraph", "litellm", "mcp", "multipart", "openai", "PIL", "pydantic_ai",
    "python_multipart", "sqlalchemy", "urllib3", "uvicorn.access",
)  # fmt: skip
"""Loggers of libraries that log what they send and receive: from warnings on they are heard."""
_NAMES = frozenset(
    {
        "timestamp", "level", "logger", "service", "instance", "turn_id", "thread_id", "worker",
        "trace_id", "request_id", "request_type", "method", "route",
    }
)  # fmt: skip
"""Fields of a line that hold names and ids of ours: a turn's lines need not be searched there."""
_OURS = "turnstream"
"""How the loggers of all our packages begin."""


def set_up(service: str, settings: Settings, trace_id: Callable[[], str | None]) -> None:
    """Send every line of this process to stderr, with the trace in which it is written.
    `LOG_LEVEL=DEBUG` is for our own lines alone:
    what libraries say at that level is made of what users send.
    """
    words.show(everything=settings.log_error_text)
    shared = _shared(service, settings.instance, trace_id)
    rendering = _rendering(settings.log_format)
    handler = _Lines(sys.stderr)
    handler.setFormatter(_formatter(shared, rendering))
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[*shared, _arguments],
        logger_factory=lambda name: _Logger(name, handler, rendering),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    _ours_at(level)
    _catch_the_rest()
    set_on_retry_hooks([PrometheusOnRetryHook, _tried_again])


def _ours_at(level: int) -> None:
    packages = ("", "_gateway", "_store", "_tools", "_worker", "_guide", "_devstack")
    for package in packages:
        logging.getLogger(f"{_OURS}{package}").setLevel(level)


def _shared(service: str, instance: str, trace_id: Callable[[], str | None]) -> list[Processor]:
    def named(_: object, __: str, event: EventDict) -> EventDict:
        if (trace := trace_id()) is not None:
            event.setdefault("trace_id", trace)
        event["service"], event["instance"] = service, instance
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        named,
    ]


def _rendering(log_format: str) -> list[Processor]:
    """The steps that make a line of an event; nothing after them changes it."""
    console = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    return [
        structlog.processors.ExceptionRenderer(_stack),
        _without_secrets,
        console if log_format == "console" else structlog.processors.JSONRenderer(),
    ]


def _formatter(shared: list[Processor], rendering: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )


def _stack(exc_info: ExcInfo) -> str:
    return words.stack(exc_info[1]).rstrip("\n")


def _without_secrets(_: object, __: str, event: EventDict) -> EventDict:
    """Take keys out of the fields of a line: libraries quote them."""
    return {key: value if key in _NAMES else _redacted(value) for key, value in event.items()}


def _redacted(value: object) -> object:
    match value:
        case str():
            return without_secrets(value)
        case None | bool() | int() | float():
            return value
        case BaseException():
            return without_secrets(words.described(value))
        case dict():
            return {key: _redacted(each) for key, each in value.items()}
        case list() | tuple():
            return [_redacted(each) for each in value]
        case _:
            return without_secrets(repr(value))


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines, and tells of one that can't be written without what it holds."""

    def format(self, record: logging.LogRecord) -> str:
        """Part of logging."""
        _tame(record)
        return super().format(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - a name of logging's
        """Part of logging: a message that does not fit its arguments, or a full disk."""
        self.tell_failure(f"{record.pathname}:{record.lineno}")

    def tell_failure(self, at: str) -> None:
        """Say that a line from there could not be written: the exception that is handled."""
        with suppress(Exception):
            line = {"event": "a line could not be logged", "level": "error", "at": at}
            error = type(sys.exc_info()[1]).__name__
            self.stream.write(json.dumps(line | {"error": error}) + "\n")

    def write(self, line: str) -> None:
        """Write a line that is ready."""
        with self.lock or nullcontext():
            self.stream.write(f"{line}\n")


class _Logger:
    """A logger of ours. It writes debug and info lines itself, because `logging` would double
    their cost. Warnings and errors go through `logging`, so handlers of an app get them too.
    """

    def __init__(self, name: str, handler: _Lines, rendering: list[Processor]) -> None:
        self.name = name
        self._handler = handler
        self._rendering = rendering
        self.logging = log = logging.getLogger(name)
        self.warning, self.error, self.critical = log.warning, log.error, log.critical

    def info(self, event: EventDict) -> None:
        """Write a line; one that can't be written stops nobody."""
        line: Any = event
        try:
            for step in self._rendering:
                line = step(self, "info", line)
            self._handler.write(line)
        except Exception:  # a disk that is full, a value that can't be shown
            self._handler.tell_failure(self.name)

    debug = info


def _arguments(logger: _Logger, level: str, event: EventDict) -> tuple[tuple[EventDict], EventDict]:
    """What a `_Logger` is called with: the event alone, or a record's message for `logging`."""
    if level in ("debug", "info"):
        return (event,), {}
    by_logging: tuple[tuple[EventDict], EventDict] = (
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter(logger.logging, level, event)
    )
    return by_logging


def _tame(record: logging.LogRecord) -> None:
    """Take out of a library's line what it quotes. Ours are made of names and numbers."""
    if isinstance(record.msg, dict) or words.are_shown():  # structlog's, with each fact apart
        return
    if isinstance(record.args, tuple):
        record.args = tuple(
            words.described(each) if isinstance(each, BaseException) else each
            for each in record.args
        )
    text = record.getMessage()
    if record.name == "asyncio":  # its next lines show a task, with its exception and its arguments
        text = text.partition("\n")[0].partition("(")[0]
    record.msg, record.args = words.without_quotations(text), None


def _tried_again(details: RetryDetails) -> None:
    """Log a retry without the arguments of the call: stamina's own line holds what users sent."""
    structlog.stdlib.get_logger(f"{_OURS}.retries").warning(
        "call tried again",
        call=details.name,
        error=details.caused_by,
        tries=details.retry_num,
        wait=round(details.wait_for, 2),
    )


def _catch_the_rest() -> None:
    """Log what Python would print: warnings, and exceptions that nobody catches."""
    log = logging.getLogger(_OURS)

    def ended(
        kind: type[BaseException], error: BaseException, trace_: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace_)
        else:
            log.critical("the process ended by an exception", exc_info=(kind, error, trace_))

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.error("a thread ended by an exception", exc_info=args.exc_value)

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        log.error("an exception that nobody can catch", exc_info=args.exc_value)

    warnings.formatwarning = _warning
    logging.captureWarnings(True)
    sys.excepthook, threading.excepthook, sys.unraisablehook = ended, thread_ended, unraisable


def _warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    return f"{filename}:{lineno}: {category.__name__}: {message}"
