"""Settings of an agent worker."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode
from turnstream.settings import Duration, HealthSettings, Port

from turnstream_worker.tools.mcp_config import McpServerConfig, parse_servers


class WorkerSettings(HealthSettings):
    """How many turns a worker runs, for how long, and which assistant answers."""

    health_port: Port = 8003
    assistant: str = "turnstream_guide:create"
    """`module:factory`; the factory takes a store and gives a `ChatKitServer`."""
    slots: int = 50
    """Turns this worker runs at a time."""
    lease: Duration = timedelta(seconds=15)
    """How long a turn stays ours without a word from us. A dead worker's turns wait this long; a
    database that is away for less hurts nobody."""
    drain: Duration = timedelta(seconds=25)
    """How long running turns may go on after SIGTERM before they are handed back."""
    turn_timeout: Duration = timedelta(hours=1)
    """The longest a turn may run."""
    flush_window: Duration = timedelta(milliseconds=25)
    """Text that comes within this time is sent as one event. The first is never delayed."""
    log_limit: int = 16 * 1024 * 1024
    """Bytes one turn may write to its log; an answer that grows past it fails."""
    retry_backoff: Duration = timedelta(seconds=1)
    """Wait before the first new attempt after a retryable failure; doubles with each."""
    retry_backoff_limit: Duration = timedelta(seconds=30)
    tool_silence: Duration = timedelta(seconds=5)
    """A call that says nothing for this long is asked for again (the same call, by its key)."""
    tool_deadline: Duration = timedelta(minutes=15)
    """The longest the worker waits for one tool call, whatever the tool's own limit."""
    server_calls: int = 20
    """Short calls (sync actions, dictation, feedback) answered at a time."""
    mcp_servers: Annotated[
        tuple[McpServerConfig, ...], NoDecode, BeforeValidator(parse_servers)
    ] = ()
    """Servers whose tools the guide offers."""
