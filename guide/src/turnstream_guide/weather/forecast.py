"""A forecast, whatever its source, and the names of the weather."""

from datetime import date as Date  # noqa: N812  a field of the same name would hide it
from typing import Literal, NamedTuple

from pydantic import BaseModel
from turnstream.i18n import N_

Unit = Literal["celsius", "fahrenheit"]

DAYS = 5
"""As many as fit side by side in a chat."""


class PlaceNotFound(Exception):
    """There is no place of that name."""


class WeatherUnavailable(Exception):
    """The source does not answer, or its answer can't be read."""


class Sky(NamedTuple):
    """Condition and icon of a weather code."""

    condition: str
    icon: str


class Current(BaseModel):
    """The weather now."""

    condition: str
    icon: str
    temperature: float
    feels_like: float
    humidity: int
    wind_speed: float


class Day(BaseModel):
    """The weather of a day."""

    date: Date
    condition: str
    icon: str
    high: float
    low: float
    rain_chance: int | None = None


class Forecast(BaseModel):
    """The weather of a place."""

    place: str
    unit: Unit
    wind_unit: str
    observed: str
    """Local time of the current conditions."""
    current: Current
    days: list[Day]
    sample: bool = False
    """True when the data is made up."""

    @property
    def degrees(self) -> str:
        """The unit as one writes it."""
        return "°F" if self.unit == "fahrenheit" else "°C"


_CLOUD, _RAIN, _SNOW = "lucide:cloud", "lucide:cloud-rain", "lucide:cloud-snow"
_SKIES = {
    0: Sky(N_("Clear"), "lucide:sun"),
    1: Sky(N_("Mostly clear"), "lucide:sun"),
    2: Sky(N_("Partly cloudy"), "lucide:cloud-sun"),
    3: Sky(N_("Overcast"), _CLOUD),
    45: Sky(N_("Fog"), "lucide:cloud-fog"),
    48: Sky(N_("Freezing fog"), "lucide:cloud-fog"),
    51: Sky(N_("Light drizzle"), "lucide:cloud-drizzle"),
    53: Sky(N_("Drizzle"), "lucide:cloud-drizzle"),
    55: Sky(N_("Heavy drizzle"), "lucide:cloud-drizzle"),
    56: Sky(N_("Freezing drizzle"), "lucide:cloud-drizzle"),
    57: Sky(N_("Freezing drizzle"), "lucide:cloud-drizzle"),
    61: Sky(N_("Light rain"), _RAIN),
    63: Sky(N_("Rain"), _RAIN),
    65: Sky(N_("Heavy rain"), _RAIN),
    66: Sky(N_("Freezing rain"), _RAIN),
    67: Sky(N_("Freezing rain"), _RAIN),
    71: Sky(N_("Light snow"), _SNOW),
    73: Sky(N_("Snow"), _SNOW),
    75: Sky(N_("Heavy snow"), _SNOW),
    77: Sky(N_("Snow grains"), _SNOW),
    80: Sky(N_("Light showers"), _RAIN),
    81: Sky(N_("Showers"), _RAIN),
    82: Sky(N_("Violent showers"), _RAIN),
    85: Sky(N_("Snow showers"), _SNOW),
    86: Sky(N_("Heavy snow showers"), _SNOW),
    95: Sky(N_("Thunderstorm"), "lucide:cloud-lightning"),
    96: Sky(N_("Thunderstorm with hail"), "lucide:cloud-lightning"),
    99: Sky(N_("Thunderstorm with hail"), "lucide:cloud-lightning"),
}
"""By WMO weather interpretation code."""


def sky(code: int, *, night: bool = False) -> Sky:
    """The name and icon of a WMO weather code."""
    found = _SKIES.get(code, Sky(N_("Unknown"), _CLOUD))
    return Sky(found.condition, "lucide:moon") if night and code in (0, 1) else found
