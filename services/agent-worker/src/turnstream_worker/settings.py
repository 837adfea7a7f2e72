"""Settings of an agent worker."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode
from turnstream.settings import (
    Count,
    Duration,
    EnvironmentSettings,
    HealthSettings,
    Port,
    PositiveDuration,
)
from turnstream.workflows import Workflows

from turnstream_worker.tools.mcp.config import McpServerConfig, parse_servers


class AppSettings(EnvironmentSettings):
    """Which assistants answer."""

    assistant: str = "turnstream_guide:create"
    """`module:factory`. The factory takes a store and returns a `ChatKitServer`."""
    workflows: Workflows = Field(default_factory=dict)
    """Assistants beside `ASSISTANT`, for sessions and tenants that name one:
    `wf_sales=sales.app:create,wf_help=help.app:create`. Unset, `ASSISTANT` answers for every
    workflow. Gateways and workers need the same value."""
    app_check: Literal["refuse", "warn"] = "refuse"
    """What becomes of an app that can never work here, such as one that asks a store of its own.
    With `warn` it is started, and the log says what is wrong. See `turnstream check`."""


class WorkerSettings(AppSettings, HealthSettings):
    """How many turns a worker runs, and for how long."""

    health_port: Port = 8003
    """The port of `/health`, `/ready` and `/metrics`; `0` is any that is free."""
    task_timeout: Duration = timedelta(seconds=5)
    """How long a turn that was answered waits for tasks that the app began and did not await, such
    as one that finds a title."""
    slots: Count = 50
    """Turns that this worker runs at a time."""
    lease: PositiveDuration = timedelta(seconds=15)
    """How long a turn belongs to a worker that has stopped renewing it. The turns of a dead worker
    wait this long. A shorter outage of the database harms no turn."""
    block_warning: PositiveDuration = timedelta(seconds=1)
    """An app's code that keeps the event loop from anything else for longer is named in the log."""
    block_limit: PositiveDuration = timedelta(minutes=2)
    """How long turns stay with a worker whose event loop is blocked. Then other workers get them:
    the loop may hang for ever."""
    drain: Duration = timedelta(seconds=25)
    """How long running turns may go on after SIGTERM before they are handed back."""
    turn_timeout: PositiveDuration = timedelta(hours=1)
    """The longest a turn may run."""
    flush_window: Duration = timedelta(milliseconds=25)
    """Text that comes within this time is sent as one event; the first text is never delayed. The
    window grows to 60 ms while only text comes, and under load."""
    log_limit: Count = 16 * 1024 * 1024
    """Bytes that the event log of a turn may hold, written by all its attempts together. A longer
    answer fails. The log is kept in Redis, and in the worker as long as the turn runs."""
    retry_backoff: Duration = timedelta(seconds=1)
    """Wait before the first new attempt after a failure that may pass. It doubles with each
    attempt."""
    retry_backoff_limit: Duration = timedelta(seconds=30)
    """The longest wait before a new attempt, where the model's server asks for none."""
    retry_after_limit: Duration = timedelta(seconds=60)
    """The longest wait before a new attempt that a model's server may ask for (`Retry-After`)."""
    retry_limit: Duration = timedelta(minutes=10)
    """How long a turn is tried again, waits included. Then it fails, and its user may try again."""
    tool_silence: PositiveDuration = timedelta(seconds=5)
    """A tool call without a message for this long is published again, under the same key."""
    tool_deadline: PositiveDuration = timedelta(minutes=15)
    """The longest that the worker waits for one tool call, whatever the tool's own limit."""
    catalogue_timeout: Duration = timedelta(seconds=10)
    """How long a worker that starts waits for what the tools service offers; `0` where there is
    none."""
    server_calls: Count = 20
    """Short calls (sync actions, dictation, feedback) answered at a time."""
    mcp_servers: Annotated[
        tuple[McpServerConfig, ...], NoDecode, BeforeValidator(parse_servers)
    ] = ()
    """MCP servers whose tools the guide offers. See [MCP servers](guides/mcp.md)."""
