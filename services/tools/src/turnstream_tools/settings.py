"""Settings of the tools service."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from turnstream.settings import Duration, HealthSettings


class ToolsSettings(HealthSettings):
    """Which tools there are, how many calls run here, and how long each part waits."""

    tools: str = ""
    """More tools: `module[:attr]`, separated by commas."""
    tool_slots: int = 64
    """Calls that run here at once. Tools wait far more than they compute."""
    tool_lease: Duration = timedelta(seconds=10)
    """How long after this process died others may decide about its calls."""
    tool_output_limit: int = 64 * 1024
    """Bytes of JSON that one call may hand to the model: about 16,000 tokens."""
    drain: Duration = timedelta(seconds=20)
    """How long running calls may take to end after SIGTERM."""
    store_patience: Duration = timedelta(seconds=30)
    """How long the store may be away before a call is not begun, or its result is given up."""
    docs_dir: Path = Path("docs/guides")
    """Where the guides are that `search_docs` searches. Without any it finds nothing."""
    weather: Literal["live", "sample"] = "live"
    """`sample` gives made-up weather, labelled as such, for demonstrations without a network."""
    weather_cache: Duration = timedelta(minutes=10)
    """Open-Meteo brings its current conditions up to date every quarter of an hour."""
    weather_geocoding_url: str = "https://geocoding-api.open-meteo.com/v1/search"
    weather_forecast_url: str = "https://api.open-meteo.com/v1/forecast"
