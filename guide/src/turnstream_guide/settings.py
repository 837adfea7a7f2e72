"""Settings of the bundled guide."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field
from turnstream.settings import Duration, EnvironmentSettings


def _own_guides() -> Path:
    """The folder in the package where it was installed from a wheel, else where a checkout has
    them.
    """
    installed = Path(__file__).with_name("guides")
    return installed if installed.exists() else Path(__file__).parents[3] / "docs/guides"


class GuideSettings(EnvironmentSettings):
    """What the guide knows about, in the worker and in the tools service."""

    docs_dir: Path = Field(default_factory=_own_guides)
    """The guides that users mention with @, and that `search_docs` searches. Unset, those of this
    version of Turnstream."""
    vector_store_id: str | None = None
    """A vector store at OpenAI that the model may search too, over the Responses API."""
    demo_token_delay: Duration = timedelta(milliseconds=15)
    """The pace of the keyless model. About 65 words a second: streaming is visible."""
    weather: Literal["live", "sample"] = "live"
    """`live` asks Open-Meteo. `sample` gives made-up weather, labelled as such, for demonstrations
    without a network."""
    weather_cache: Duration = timedelta(minutes=10)
    """How long a forecast is kept. Open-Meteo updates its current conditions every quarter of an
    hour."""
    weather_geocoding_url: str = "https://geocoding-api.open-meteo.com/v1/search"
    """Where Open-Meteo finds a town's position."""
    weather_forecast_url: str = "https://api.open-meteo.com/v1/forecast"
    """Where Open-Meteo's forecasts are."""
