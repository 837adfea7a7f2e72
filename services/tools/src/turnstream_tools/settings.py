"""Settings of the tools service."""

from datetime import timedelta

from turnstream.settings import Count, Duration, HealthSettings, PositiveDuration


class ToolsSettings(HealthSettings):
    """Which tools there are, how many calls run here, and how long each part waits."""

    bundled_tools: str = "turnstream_guide.tools"
    """The tools of the bundled guide, written as in `TOOLS`; `none` leaves them out."""
    tools: str = ""
    """More tools: `module[:attribute]` or a package, with commas between."""
    tool_slots: Count = 64
    """Calls that run here at a time. A tool waits much longer than it computes."""
    tool_lease: PositiveDuration = timedelta(seconds=10)
    """How long after the death of this process others may decide about its calls."""
    tool_output_limit: Count = 64 * 1024
    """Bytes of JSON that one call may return to the model: about 16,000 tokens."""
    drain: Duration = timedelta(seconds=20)
    """How long running calls may take to end after SIGTERM."""
    store_retry_timeout: Duration = timedelta(seconds=30)
    """How long the store may be away before a call is not begun, or its result is given up."""
