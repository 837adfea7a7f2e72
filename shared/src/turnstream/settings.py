"""Settings that several services share.

Every one is an environment variable of its own name, or of that name with `TURNSTREAM_` before it.
"""

import os
import re
import socket
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from turnstream.redis.addresses import Kind, address, split_urls
from turnstream.secrets.internal_key import SHORTEST, KeyRing

PREFIX = "TURNSTREAM_"
"""Before the name of a setting of ours it wins over the name alone, which an app may use too."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$")


def parse_duration(value: object) -> object:
    """Read `500ms`, `15s`, `2m`, `1h` or `30d`; a bare number is seconds.

    Others are left to pydantic.
    """
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    return timedelta(seconds=float(match[1]) * _UNITS[match[2] or "s"])


def _duration(value: object) -> object:
    parsed = parse_duration(value)
    if isinstance(parsed, str) and not parsed.startswith("P"):  # ISO 8601 is pydantic's
        raise ValueError("write a duration as 500ms, 15s, 2m, 1h or 30d")
    return parsed


class ConfigurationError(ValueError):
    """A setting can't be used. The message names it and says why; the service does not start."""


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A length of time, written in the environment as `500ms`, `15s`, `2m`, `1h` or `30d`."""


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("it must be longer than 0")
    return value


PositiveDuration = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_positive)]
"""A duration that can't be 0, such as one between two looks."""


def words(value: object) -> object:
    """Split a text at its commas and spaces. Others are left to pydantic."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
"""A list, written in the environment with commas or spaces."""


def _log_url(text: str) -> str:
    address(text)  # raises ValueError where it is none
    return text


def _redis_url(text: str) -> str:
    if address(text).kind is Kind.CLUSTER:
        raise ValueError(
            "jobs and calls need one Redis, or Sentinels: a cluster can hold the event logs, as "
            "EVENTS_REDIS_URL"
        )
    return text


def _log_urls(value: object) -> object:
    return split_urls(value) if isinstance(value, str) else value


def _shards(urls: tuple[str, ...]) -> tuple[str, ...]:
    found = [address(each) for each in urls]
    if any(each.kind is Kind.CLUSTER for each in found):
        raise ValueError("a cluster spreads the logs by itself: it is one EVENTS_REDIS_URL")
    if len({each.name for each in found}) < len(found):
        raise ValueError("each server can be there once")
    return urls


def _completed(url: str, password: SecretStr | None) -> str:
    """A URL that names a user without a password, with the password."""
    parts = urlsplit(url)
    if password is None or not parts.username or parts.password is not None:
        return url
    user, _, host = parts.netloc.partition("@")
    netloc = f"{user}:{quote(password.get_secret_value(), safe='')}@{host}"
    return parts._replace(netloc=netloc).geturl()


RedisUrl = Annotated[str, AfterValidator(_redis_url)]
LogUrl = Annotated[str, AfterValidator(_log_url)]
LogUrls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_log_urls), AfterValidator(_shards)]
Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1)]
"""A limit or a number of things, of which there must be at least one."""
NonNegativeCount = Annotated[int, Field(ge=0)]
"""The same where `0` has a meaning, which the setting must say."""


def _ring(value: SecretStr) -> SecretStr:
    KeyRing(value.get_secret_value())  # raises ValueError where it is none
    return value


RingOfKeys = Annotated[SecretStr, AfterValidator(_ring)]
"""A secret of one key, or of two with a comma between while it is being changed."""


def _signing_keys(value: SecretStr) -> SecretStr:
    if any(len(each.strip()) < SHORTEST for each in value.get_secret_value().split(",")):
        raise ValueError(f"each key must have at least {SHORTEST} characters")
    return value


SigningKeys = Annotated[SecretStr, AfterValidator(_signing_keys)]


_NAMED_TENANTS = 100
"""Each is some dozen series for Prometheus."""


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = tuple(name for part in value.split(",") if (name := part.strip()))
    if len(names) > _NAMED_TENANTS:
        raise ValueError(f"at most {_NAMED_TENANTS} tenants have metrics of their own")
    return names


NamedTenants = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
]


def _instance() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class EnvironmentSettings(BaseSettings):
    """Settings read from the environment: `TURNSTREAM_<NAME>` first, then `<NAME>`.

    An app shares the environment of its worker. Where both need a name, such as `DATABASE_URL`, the
    longer one is ours and the shorter one is the app's.
    """

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Part of pydantic-settings: where values come from, the first one first."""
        return init_settings, EnvSettingsSource(settings_cls, env_prefix=PREFIX), env_settings


class Settings(EnvironmentSettings):
    """What every service needs to know."""

    redis_password: SecretStr | None = None
    """The password of the user that `REDIS_URL`, `EVENTS_REDIS_URL` or `EVENTS_REDIS_URLS` name
    without one, as in `redis://user@host`. It is taken as it is; in a URL `@`, `/`, `#` and `%`
    have a meaning."""
    redis_url: RedisUrl = "redis://127.0.0.1:6379/0"
    """The Redis or Valkey for jobs, tool calls, control and rates. Where Sentinels watch over it:
    `redis+sentinel://user:password@host:26379,host:26379/mymaster`."""
    events_redis_url: LogUrl | None = None
    """The Redis of the event logs, when it is not that of the jobs. It may be a cluster:
    `redis+cluster://user:password@host:6379,host:6379`."""
    events_redis_urls: LogUrls = ()
    """Several of them, with commas between, that are no cluster: each turn's log is on one. The
    same hosts in every service, in any order."""
    store_url: Annotated[str, Field(pattern="^https?://")] = "http://127.0.0.1:8001"
    """Where the store is. `http://user:password@host` sends basic authentication."""
    internal_key: RingOfKeys | None = None
    """What the services of a deployment ask of each other, in every request and for every message
    that has an effect: at least 32 characters, the same for all services, and for nobody else. Two
    with a comma between while it is being changed: the first is used, both are taken. No service
    starts without it."""
    metrics_key: SecretStr | None = Field(default=None, min_length=16)
    """What `/metrics` asks for, as `Authorization: Bearer …`; at least 16 characters. Unset, it is
    open to anyone who reaches the port: it counts, and names nobody."""
    metrics_tenants: NamedTenants = ("default",)
    """Tenants that have metrics of their own, with commas between; at most 100. All others are
    `other` in them, so that a tenant more is no series more."""
    app_variables: str = ""
    """Names of environment variables, with commas between, that are an app's own and resemble a
    setting. A service refuses to start with any other such variable: it may be a misspelt one."""
    instance: str = Field(default_factory=_instance)
    """This process's name, unique among its kind. Unset, it is the host name and the process id."""
    blobs_url: Annotated[str, Field(pattern="^(file:|s3://)")] = "file:.data/blobs"
    """Where the bytes of attachments and images are kept: `file:<directory>` or
    `s3://<bucket>/<prefix>`. All services must see the same place. The credentials, the region and
    the endpoint of an S3 API come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`
    and `AWS_ENDPOINT`; an endpoint without TLS needs `AWS_ALLOW_HTTP=true`."""
    url_signing_key: SigningKeys | None = None
    """Signs links to files. It has at least 32 characters, and all gateways, workers and tools
    services share it. Without it there are no uploads. Of several with commas between the first
    signs and all are taken: keep an old one, for stored files are referred to under it."""
    credential_keys: RingOfKeys | None = None
    """Seals the headers of `CONTEXT_HEADERS` between gateway and worker, which share it: at least
    32 characters. Two with a comma between while it is being changed: the first seals, both open.
    A gateway that passes on headers with credentials does not start without it."""
    log_level: LogLevel = "INFO"
    """The least important messages that are logged. `DEBUG` is for Turnstream's own: libraries are
    heard from `INFO` on, and those that log what they send and receive from `WARNING` on."""
    log_format: Literal["json", "console"] = "json"
    """`json` for machines, `console` for people."""
    log_error_text: bool = False
    """Whether the words of exceptions are logged that may quote users, models or files: those of
    apps, tools and most libraries. Unset, a line names the exception and where it came from; the
    words are with the failed turn. `make up` and `turnstream dev` turn it on."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where traces are sent, by OTLP; without it there are none. The other `OTEL_…` variables mean
    what OpenTelemetry says of them."""
    otel_exporter_otlp_traces_endpoint: str | None = None
    """The same as a whole address, which is taken as it is."""

    @property
    def is_public(self) -> bool:
        """True for a service that others than those of the deployment ask."""
        return False

    @property
    def trusts_callers(self) -> bool:
        """True where a caller decides whether a trace is recorded."""
        return True

    @field_validator("redis_url", "events_redis_url")
    @classmethod
    def _with_password(cls, url: str | None, so_far: ValidationInfo) -> str | None:
        return url and _completed(url, so_far.data.get("redis_password"))

    @field_validator("events_redis_urls")
    @classmethod
    def _with_passwords(cls, urls: tuple[str, ...], so_far: ValidationInfo) -> tuple[str, ...]:
        return tuple(_completed(each, so_far.data.get("redis_password")) for each in urls)

    @property
    def key_ring(self) -> KeyRing:
        """The internal key. Raises `ConfigurationError` where none is set."""
        if self.internal_key is None:
            raise ConfigurationError(
                "INTERNAL_KEY must be set: at least 32 characters that all services share, such as "
                "`openssl rand -base64 32` prints."
            )
        return KeyRing(self.internal_key.get_secret_value())

    @model_validator(mode="after")
    def _one_place_of_logs(self) -> Self:
        if self.events_redis_url and self.events_redis_urls:
            raise ValueError("set EVENTS_REDIS_URL or EVENTS_REDIS_URLS, not both")
        return self

    @property
    def log_redis_urls(self) -> tuple[str, ...]:
        """Where the event logs are: one Redis or cluster, or several servers."""
        return self.events_redis_urls or (self.events_redis_url or self.redis_url,)


class HttpSettings(Settings):
    """A service with a port."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Port = 8000
    """The port to listen on; `0` is any that is free."""
    health_port: Port | None = None
    """A port of `/health`, `/ready` and `/metrics` alone, which answers until the process is gone.
    Then `PORT` has no `/metrics`. Unset, all of them are on `PORT`, which is closed first. `0` is
    any that is free."""
    shutdown_delay: Duration = timedelta(0)
    """How long connections are still taken after SIGTERM, while `/ready` says 503 already: `5s` to
    `10s` behind a balancer, as long as it takes to learn that; `0`: no longer. `SHUTDOWN_GRACE`
    comes after it."""

    @model_validator(mode="after")
    def _two_ports(self) -> "HttpSettings":
        if self.health_port and self.health_port == self.port:
            raise ValueError(f"HEALTH_PORT={self.health_port} must be another than PORT")
        return self


class HealthSettings(Settings):
    """A service that listens for health checks and metrics only."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    health_port: Port = 8080
    """The port of `/health`, `/ready` and `/metrics`; `0` is any that is free."""
