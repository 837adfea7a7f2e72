"""The settings of `make up`, read from the environment and from `.env`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "TURNSTREAM_"
"""What services read before the name of a setting, where an app uses the name for itself."""
_NO = ("0", "false", "no", "off")


@dataclass(frozen=True)
class Options:
    """What the supervisor itself needs to know; services read their own settings."""

    port: int = 8000
    """The port of the first gateway; the others use the next ones."""
    data_dir: Path = Path(".data")
    """Data, logs and pid files. Two stacks need two directories."""
    workers: int = 2
    """Agent workers, each with `SLOTS` turns at a time."""
    gateways: int = 1
    """Gateways."""
    restart: bool = True
    """Whether a service that dies is started again."""
    redis_url: str = ""
    """A Redis or Valkey to use instead of the embedded one."""
    redis_memory: str = "512mb"
    """`maxmemory` of the embedded Valkey, in bytes or with a unit (`512mb`, `2gb`); `0`: no limit.
    Where it is nearly full, logs of turns that ended are deleted before their time."""
    database_url: str = ""
    """A Postgres to use instead of the embedded one. A URL of any other database is an app's."""


def read_options(env: Mapping[str, str]) -> Options:
    """The options in `env`; an empty one counts as unset. Raises `ValueError` naming a bad one."""
    return Options(
        port=_number(env, "PORT", Options.port),
        data_dir=Path(setting(env, "DATA_DIR") or Options.data_dir),
        workers=_number(env, "WORKERS", Options.workers),
        gateways=_number(env, "GATEWAYS", Options.gateways),
        restart=is_on(env, "RESTART"),
        redis_url=setting(env, "REDIS_URL"),
        redis_memory=_memory(setting(env, "REDIS_MEMORY") or Options.redis_memory),
        database_url="" if database_is_the_apps(env) else setting(env, "DATABASE_URL"),
    )


def database_is_the_apps(env: Mapping[str, str]) -> bool:
    """True if `DATABASE_URL` names no Postgres: it is an app's own then, such as a SQLite file."""
    url = env.get("DATABASE_URL", "")
    return bool(url) and not url.startswith("postgres") and not env.get(f"{PREFIX}DATABASE_URL")


def setting(env: Mapping[str, str], name: str) -> str:
    """A setting as services read it: with `TURNSTREAM_` before its name, else by its name alone."""
    return env.get(f"{PREFIX}{name}") or env.get(name, "")


def is_on(env: Mapping[str, str], name: str) -> bool:
    """Whether a switch that is on unless it is turned off is on."""
    return setting(env, name).strip().lower() not in _NO


def read_env_file(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of a file, without comment lines and quotes around values."""
    if not path.exists():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}


def _memory(text: str) -> str:
    if not re.fullmatch(r"0|[1-9][0-9]*([kmg]b?)?", text.lower()):
        raise ValueError(f"REDIS_MEMORY={text}: a number of bytes is needed, such as 512mb; 0: any")
    return text.lower()


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = setting(env, name) or str(default)
    if not value.isdigit():
        raise ValueError(f"{name}={value}: a number is needed")
    return int(value)
