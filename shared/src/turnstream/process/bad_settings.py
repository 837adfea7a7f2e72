"""What is wrong with the settings of a process, told in one line each.

It imports no more than settings do: `turnstream up` asks it before anything is started.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsError

from turnstream.secrets.redaction import without_secrets
from turnstream.setting_names import misspelt
from turnstream.settings import ConfigurationError

EX_CONFIG = 78
"""Exit status for a configuration error (sysexits.h): starting again does not help."""
_BAD = (ValidationError, ConfigurationError, SettingsError)


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
        exit_with(service, _problems(error))


def _problems(
    error: ValidationError | ConfigurationError | SettingsError,
    settings: type[BaseSettings] = BaseSettings,
) -> list[str]:
    if isinstance(error, ValidationError):
        return [_problem(each, settings) for each in error.errors(include_url=False)]
    return [str(error)]


def exit_with(service: str, problems: Sequence[str]) -> NoReturn:
    """Exit with `EX_CONFIG` and one line for each problem, as `LOG_FORMAT` says."""
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
    line = {"event": "setting refused", "level": "critical", "timestamp": at, "service": service}
    return json.dumps({**line, "problem": problem}, ensure_ascii=False)


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
