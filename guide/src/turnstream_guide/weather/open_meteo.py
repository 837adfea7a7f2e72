"""Forecasts from Open-Meteo, cached in Redis for a short time.

Free of charge and without a key for non-commercial use: https://open-meteo.com/
"""

from datetime import timedelta

import aiohttp
import stamina
import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from turnstream.contracts.turns import Json

from turnstream_guide.settings import GuideSettings
from turnstream_guide.weather.forecast import (
    DAYS,
    CurrentWeather,
    Day,
    Forecast,
    PlaceNotFound,
    Unit,
    WeatherUnavailable,
    sky,
)

log = structlog.get_logger(__name__)

_TRY = aiohttp.ClientTimeout(total=4, sock_connect=2)
_TIMEOUT = timedelta(seconds=10)
"""The seconds for one of the two requests: together they stay within the tool's 30 seconds."""
_TRIES = 3
_BUSY = frozenset({429, 500, 502, 503, 504})
_CURRENT = (
    "temperature_2m,apparent_temperature,relative_humidity_2m,weather_code,wind_speed_10m,is_day"
)
_DAILY = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_probability_max"

Params = dict[str, str | int | float]


class _ServiceBusy(Exception):
    """The service answered that it can't now."""


_retrying = stamina.AsyncRetryingCaller(
    attempts=_TRIES, timeout=_TIMEOUT, wait_initial=0.2, wait_max=2.0
).on((_ServiceBusy, aiohttp.ClientError, TimeoutError))


class OpenMeteo:
    """Raises `PlaceNotFound` and `WeatherUnavailable`, and nothing else."""

    def __init__(self, http: aiohttp.ClientSession, redis: Redis, settings: GuideSettings) -> None:
        self._http = http
        self._redis = redis
        self._settings = settings

    async def forecast(self, location: str, unit: Unit) -> Forecast:
        """The forecast for the best match of a place's name; a fresh one is remembered."""
        key = f"guide:weather:{unit}:{location.casefold()}"
        if (remembered := await self._remembered(key)) is not None:
            return remembered
        try:
            place = await self._find(location)
            forecast = _read(place, await self._fetch(place, unit), unit)
        except (_ServiceBusy, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise WeatherUnavailable(type(error).__name__.strip("_")) from error
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise WeatherUnavailable("its answer could not be read") from error
        await self._remember(key, forecast)
        return forecast

    async def _find(self, location: str) -> Json:
        params: Params = {"name": location, "count": 1, "language": "en", "format": "json"}
        answer = await _retrying(self._get, self._settings.weather_geocoding_url, params)
        places = answer.get("results")
        if not places:
            raise PlaceNotFound(location)
        place: Json = places[0]
        return place

    async def _fetch(self, place: Json, unit: Unit) -> Json:
        params: Params = {
            "latitude": place["latitude"],
            "longitude": place["longitude"],
            "current": _CURRENT,
            "daily": _DAILY,
            "forecast_days": DAYS,
            "timezone": "auto",
            "temperature_unit": unit,
            "wind_speed_unit": "mph" if unit == "fahrenheit" else "kmh",
        }
        return await _retrying(self._get, self._settings.weather_forecast_url, params)

    async def _get(self, url: str, params: Params) -> Json:
        async with self._http.get(url, params=params, timeout=_TRY) as response:
            if response.status in _BUSY:
                raise _ServiceBusy
            response.raise_for_status()
            answer: Json = await response.json()
            return answer

    async def _remembered(self, key: str) -> Forecast | None:
        try:
            text = await self._redis.get(key)
            return Forecast.model_validate_json(text) if text else None
        except (RedisError, OSError, ValidationError):  # the service itself can be asked
            return None

    async def _remember(self, key: str, forecast: Forecast) -> None:
        try:
            text = forecast.model_dump_json()
            await self._redis.set(key, text, ex=self._settings.weather_cache)
        except (RedisError, OSError) as error:
            log.info("forecast not remembered", error=str(error))


def _read(place: Json, answer: Json, unit: Unit) -> Forecast:
    now, daily = answer["current"], answer["daily"]
    above = sky(now["weather_code"], night=not now["is_day"])
    names = dict.fromkeys(filter(None, (place["name"], place.get("admin1"), place.get("country"))))
    return Forecast(
        place=", ".join(names),
        unit=unit,
        wind_unit="mph" if unit == "fahrenheit" else "km/h",
        observed=now["time"],
        current=CurrentWeather(
            condition=above.condition,
            icon=above.icon,
            temperature=now["temperature_2m"],
            feels_like=now["apparent_temperature"],
            humidity=now["relative_humidity_2m"],
            wind_speed=now["wind_speed_10m"],
        ),
        days=[_day(daily, index) for index in range(len(daily["time"]))],
    )


def _day(daily: Json, index: int) -> Day:
    above = sky(daily["weather_code"][index])
    return Day(
        date=daily["time"][index],
        condition=above.condition,
        icon=above.icon,
        high=daily["temperature_2m_max"][index],
        low=daily["temperature_2m_min"][index],
        rain_chance=daily["precipitation_probability_max"][index],
    )
