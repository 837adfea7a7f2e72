"""The names of all settings, and what is said of a variable that is nearly one of them.

A service reads the settings it knows and can't tell a misspelt one from a variable of something
else. So it looks for names that resemble a setting of any service.
"""

import re
from collections.abc import Iterable, Mapping

from turnstream.settings import PREFIX

SETTINGS = frozenset(
    [
        "ALLOWED_HOSTS",
        "APP_CHECK",
        "APP_VARIABLES",
        "ASSISTANT",
        "ATTACHMENT_TYPES",
        "AUDIT_RETENTION",
        "AUTH",
        "AUTH_COOKIE",
        "BLOBS_URL",
        "BLOCK_LIMIT",
        "BLOCK_WARNING",
        "BUNDLED_TOOLS",
        "CATALOGUE_TIMEOUT",
        "CONSOLE",
        "CONTEXT_CLAIMS",
        "CONTEXT_HEADERS",
        "CORS_ORIGINS",
        "CREDENTIAL_KEYS",
        "DATABASE_POOL",
        "DATABASE_SCHEMA",
        "DATABASE_URL",
        "DATA_DIR",
        "DEMO_PAGE",
        "DEMO_RUN_DIR",
        "DEMO_TOKEN_DELAY",
        "DEV_AUTH_BEYOND_LOOPBACK",
        "DISCONNECT_GRACE",
        "DOCS_DIR",
        "DRAIN",
        "EVENTS_REDIS_URL",
        "EVENTS_REDIS_URLS",
        "FLUSH_WINDOW",
        "GATEWAYS",
        "HEALTH_PORT",
        "HEARTBEAT",
        "HOST",
        "INSTANCE",
        "INTERNAL_KEY",
        "JOURNAL_TTL",
        "JWKS_URL",
        "JWT_ALGORITHMS",
        "JWT_AUDIENCE",
        "JWT_ISSUER",
        "JWT_LEEWAY",
        "JWT_TENANT_CLAIM",
        "JWT_USER_CLAIM",
        "KEEP_ALIVE",
        "KEEP_JOURNALS",
        "KEYLESS_MODEL",
        "LEASE",
        "LINK_LIFETIME",
        "LOG_ERROR_TEXT",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "LOG_LIMIT",
        "MAX_ATTACHMENT",
        "MAX_ATTACHMENTS",
        "MAX_ATTEMPTS",
        "MAX_AUDIO",
        "MAX_BODY",
        "MAX_ITEMS_PER_THREAD",
        "MAX_MESSAGE",
        "MAX_METADATA",
        "MAX_PIXELS",
        "MAX_QUEUED_PER_THREAD",
        "MAX_QUEUE_AGE",
        "MAX_RUNNING_TURNS_PER_SESSION",
        "MAX_RUNNING_TURNS_PER_USER",
        "MAX_SCHEDULES_PER_TENANT",
        "MAX_SCHEDULES_PER_USER",
        "MAX_STREAMS_PER_USER",
        "MAX_THREADS_PER_USER",
        "MAX_TURNS_PER_SESSION",
        "MAX_TURNS_PER_TENANT",
        "MAX_TURNS_PER_USER",
        "MAX_UNSENT_FILES",
        "MAX_WEBHOOKS_PER_TENANT",
        "MCP_SERVERS",
        "METRICS_KEY",
        "METRICS_TENANTS",
        "MIGRATION_DATABASE_URL",
        "MODEL",
        "MODEL_API",
        "MODEL_ATTACHMENTS",
        "MODEL_CHOICES",
        "MODEL_IMAGES",
        "MODEL_PRICES",
        "MODEL_TIMEOUT",
        "ON_DISCONNECT",
        "OPENAI_AGENTS_DISABLE_TRACING",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OUTBOX_RETENTION",
        "PORT",
        "PROXY_NETWORKS",
        "PROXY_SECRET",
        "PUBLIC_URL",
        "RATE_CALLS",
        "RATE_FAILED_LOGINS",
        "RATE_READS",
        "RATE_TENANT",
        "RATE_TURNS",
        "RATE_UPLOADS",
        "REDIS_MEMORY",
        "REDIS_PASSWORD",
        "REDIS_URL",
        "RESTART",
        "RETENTION",
        "RETRY_AFTER_LIMIT",
        "RETRY_BACKOFF",
        "RETRY_BACKOFF_LIMIT",
        "RETRY_LIMIT",
        "ROW_SECURITY",
        "SCHEDULE_MIN_INTERVAL",
        "SERVER_CALLS",
        "SERVER_CALL_TIMEOUT",
        "SHUTDOWN_DELAY",
        "SHUTDOWN_GRACE",
        "SLOTS",
        "STORAGE_PER_USER",
        "STORE_RETRY_TIMEOUT",
        "STORE_URL",
        "SWEEP_INTERVAL",
        "TASK_TIMEOUT",
        "TENANT_MONTHLY_COST",
        "TENANT_MONTHLY_TOKENS",
        "TENANT_SHARE",
        "THREAD_RETENTION",
        "TOOLS",
        "TOOL_DEADLINE",
        "TOOL_LEASE",
        "TOOL_OUTPUT_LIMIT",
        "TOOL_SILENCE",
        "TOOL_SLOTS",
        "TRACE_URL",
        "TRANSCRIBE_API_KEY",
        "TRANSCRIBE_BASE_URL",
        "TRANSCRIBE_MODEL",
        "TRUSTED_PROXIES",
        "TRUST_TRACEPARENT",
        "TURN_MAX_COST",
        "TURN_MAX_TIME",
        "TURN_MAX_TOKENS",
        "TURN_MAX_TOOL_CALLS",
        "TURN_TIMEOUT",
        "UPLOAD_LIFETIME",
        "URL_SIGNING_KEY",
        "USAGE_RETENTION",
        "USER_DAILY_COST",
        "USER_DAILY_TOKENS",
        "USER_MONTHLY_COST",
        "USER_MONTHLY_TOKENS",
        "VECTOR_STORE_ID",
        "WEATHER",
        "WEATHER_CACHE",
        "WEATHER_FORECAST_URL",
        "WEATHER_GEOCODING_URL",
        "WEBHOOK_ALLOW_HTTP",
        "WEBHOOK_CONCURRENCY",
        "WEBHOOK_CONCURRENCY_PER_ENDPOINT",
        "WEBHOOK_DISABLE_AFTER",
        "WEBHOOK_KEYS",
        "WEBHOOK_NETWORKS",
        "WEBHOOK_RETENTION",
        "WEBHOOK_RETRIES",
        "WEBHOOK_TIMEOUT",
        "WHEN_BUSY",
        "WORKERS",
        "WORKFLOW",
        "WORKFLOWS",
    ]
)
"""A test compares them with the settings classes."""
APP_VARIABLES = "APP_VARIABLES"
"""The setting with the names of variables that are an app's own."""

_OTHERS = ("OPENAI_", "OTEL_", "AWS_", "CI_")
"""Beginnings of names that others choose."""
_COMMON = frozenset({"DATABASE_URI", "REDIS_URI", "LOGLEVEL"})
"""Names that many programs use, though they resemble ours."""
_OF_KUBERNETES = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP)(_\w+)?)$")
"""What it sets for each service of its own, such as `TURNSTREAM_STORE_SERVICE_HOST`."""
_SHORT = 5
"""Characters. So short a name resembles words that have nothing to do with it (MODE, PATH)."""
_LONG = 9
"""Characters, from which on two mistakes are as unlikely to be another name as one."""


def misspelt(environment: Mapping[str, str]) -> list[str]:
    """A line for each variable that resembles a setting, with the name that was meant."""
    own = environment.get(f"{PREFIX}{APP_VARIABLES}") or environment.get(APP_VARIABLES, "")
    excused = set(own.replace(",", " ").split())
    problems = (_problem(name) for name in sorted(environment) if name not in excused)
    return [problem for problem in problems if problem]


def _problem(variable: str) -> str | None:
    name = variable.upper()
    if name.startswith(PREFIX):
        return _problem_of_ours(variable, name.removeprefix(PREFIX))
    if name in SETTINGS or name in _COMMON or name.startswith(_OTHERS):
        return None
    meant = _nearest(name, (each for each in SETTINGS if _resembles(name, each)))
    if meant is None:
        return None
    excuse = f"If it is a variable of your app, name it in {APP_VARIABLES}."
    return f"{variable} is no setting. Did you mean {meant}? {excuse}"


def _problem_of_ours(variable: str, name: str) -> str | None:
    if name in SETTINGS or _OF_KUBERNETES.search(name):
        return None
    meant = _nearest(name, SETTINGS)
    hint = f" Did you mean {PREFIX}{meant}?" if meant else " docs/settings.md has their names."
    return f"{variable} is no setting.{hint}"


def _nearest(name: str, settings: Iterable[str]) -> str | None:
    """The setting with the fewest differences; None when every one has more than two."""
    distances = ((distance(name, each), each) for each in settings)
    return min((each for each in distances if each[0] <= 2), default=(0, None))[1]


def _resembles(name: str, setting: str) -> bool:
    if len(setting) <= _SHORT:
        return name == f"{setting}S" or f"{name}S" == setting or _exchanged(name, setting)
    return distance(name, setting) <= (2 if len(setting) >= _LONG else 1)


def _exchanged(one: str, other: str) -> bool:
    """True for the same letters, two neighbours of which changed places."""
    return sorted(one) == sorted(other) and distance(one, other) == 1


def distance(one: str, other: str) -> int:
    """How many letters were left out, added, replaced, or changed places with their neighbour."""
    if abs(len(one) - len(other)) > 2 or len(set(one) ^ set(other)) > 4:
        return 3  # more than anybody asks for
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and one[i - 2 : i] == _swapped_pair(other, j):
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _swapped_pair(text: str, end: int) -> str:
    """The two letters that end there, the other way round."""
    return text[end - 1] + text[end - 2]
