"""Made-up weather for demonstrations without a network: the same place is the same weather."""

from datetime import date, timedelta
from hashlib import blake2b

from turnstream_guide.weather.forecast import DAYS, CurrentWeather, Day, Forecast, Unit, sky

FIRST_DAY = date(2030, 1, 1)
"""A fixed date in the future, so that the sample is not taken for today's forecast."""
_CODES = (0, 2, 3, 61, 80, 95)


def sample_forecast(location: str, unit: Unit) -> Forecast:
    """Weather that depends on the place's name only. It is marked as a sample."""
    seed = int.from_bytes(_name_digest(location)[:4])
    code, warmth = _CODES[seed % len(_CODES)], 5 + seed % 20
    above = sky(code)
    return Forecast(
        place=location,
        unit=unit,
        wind_unit="mph" if unit == "fahrenheit" else "km/h",
        observed=f"{FIRST_DAY.isoformat()}T12:00",
        current=CurrentWeather(
            condition=above.condition,
            icon=above.icon,
            temperature=_in(unit, warmth),
            feels_like=_in(unit, warmth - 1),
            humidity=40 + seed % 50,
            wind_speed=5 + seed % 25,
        ),
        days=[_day(seed, warmth, unit, index) for index in range(DAYS)],
        sample=True,
    )


def _day(seed: int, warmth: int, unit: Unit, index: int) -> Day:
    above = sky(_CODES[(seed + index) % len(_CODES)])
    return Day(
        date=FIRST_DAY + timedelta(days=index),
        condition=above.condition,
        icon=above.icon,
        high=_in(unit, warmth + (seed + index) % 4),
        low=_in(unit, warmth - 6 - index % 3),
        rain_chance=(seed + 17 * index) % 101,
    )


def _name_digest(location: str) -> bytes:
    return blake2b(f"weather\x1f{location.casefold()}".encode(), digest_size=16).digest()


def _in(unit: Unit, celsius: int) -> float:
    return round(celsius * 9 / 5 + 32) if unit == "fahrenheit" else celsius
