"""A forecast, whatever its source, and the names of the weather."""

from datetime import date as Date  # noqa: N812  a field of the same name would hide it
from typing import Literal, NamedTuple

from pydantic import BaseModel
from turnstream.i18n import N_

Unit = Literal["celsius", "fahrenheit"]

DAYS = 5
"""The number of days that fit side by side in a chat."""


class PlaceNotFound(Exception):
    """There is no place of that name."""


class WeatherUnavailable(Exception):
    """The source does not answer, or its answer can't be read."""


class WeatherCondition(NamedTuple):
    """Condition and icon of a weather code."""

    condition: str
    icon: str


class CurrentWeather(BaseModel):
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
    current: CurrentWeather
    days: list[Day]
    sample: bool = False
    """True when the data is made up."""

    @property
    def degrees(self) -> str:
        """The unit as one writes it."""
        return "°F" if self.unit == "fahrenheit" else "°C"


_CLOUD, _RAIN, _SNOW = "lucide:cloud", "lucide:cloud-rain", "lucide:cloud-snow"
_SKIES = {
    0: WeatherCondition(N_("Clear"), "lucide:sun"),
    1: WeatherCondition(N_("Mostly clear"), "lucide:sun"),
    2: WeatherCondition(N_("Partly cloudy"), "lucide:cloud-sun"),
    3: WeatherCondition(N_("Overcast"), _CLOUD),
    45: WeatherCondition(N_("Fog"), "lucide:cloud-fog"),
    48: WeatherCondition(N_("Freezing fog"), "lucide:cloud-fog"),
    51: WeatherCondition(N_("Light drizzle"), "lucide:cloud-drizzle"),
    53: WeatherCondition(N_("Drizzle"), "lucide:cloud-drizzle"),
    55: WeatherCondition(N_("Heavy drizzle"), "lucide:cloud-drizzle"),
    56: WeatherCondition(N_("Freezing drizzle"), "lucide:cloud-drizzle"),
    57: WeatherCondition(N_("Freezing drizzle"), "lucide:cloud-drizzle"),
    61: WeatherCondition(N_("Light rain"), _RAIN),
    63: WeatherCondition(N_("Rain"), _RAIN),
    65: WeatherCondition(N_("Heavy rain"), _RAIN),
    66: WeatherCondition(N_("Freezing rain"), _RAIN),
    67: WeatherCondition(N_("Freezing rain"), _RAIN),
    71: WeatherCondition(N_("Light snow"), _SNOW),
    73: WeatherCondition(N_("Snow"), _SNOW),
    75: WeatherCondition(N_("Heavy snow"), _SNOW),
    77: WeatherCondition(N_("Snow grains"), _SNOW),
    80: WeatherCondition(N_("Light showers"), _RAIN),
    81: WeatherCondition(N_("Showers"), _RAIN),
    82: WeatherCondition(N_("Violent showers"), _RAIN),
    85: WeatherCondition(N_("Snow showers"), _SNOW),
    86: WeatherCondition(N_("Heavy snow showers"), _SNOW),
    95: WeatherCondition(N_("Thunderstorm"), "lucide:cloud-lightning"),
    96: WeatherCondition(N_("Thunderstorm with hail"), "lucide:cloud-lightning"),
    99: WeatherCondition(N_("Thunderstorm with hail"), "lucide:cloud-lightning"),
}
"""The conditions by WMO weather interpretation code."""


def sky(code: int, *, night: bool = False) -> WeatherCondition:
    """The name and icon of a WMO weather code."""
    found = _SKIES.get(code, WeatherCondition(N_("Unknown"), _CLOUD))
    return WeatherCondition(found.condition, "lucide:moon") if night and code in (0, 1) else found
