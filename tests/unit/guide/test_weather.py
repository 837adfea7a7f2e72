"""`get_weather` against a server that answers as Open-Meteo does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from turnstream.contracts.tools import ToolResult
from turnstream_tools.registry import load_tools

from tests.unit.tools.bench import bench, call

TOOLS = load_tools("turnstream_guide.tools")

PLACE = {
    "name": "Lisbon",
    "admin1": "Lisbon",
    "country": "Portugal",
    "latitude": 38.7,
    "longitude": -9.1,
}
FORECAST = {
    "current": {
        "time": "2026-05-01T13:00",
        "temperature_2m": 21.4,
        "apparent_temperature": 20.6,
        "relative_humidity_2m": 55,
        "weather_code": 2,
        "wind_speed_10m": 12.3,
        "is_day": 1,
    },
    "daily": {
        "time": [f"2026-05-0{day}" for day in range(1, 6)],
        "weather_code": [2, 3, 61, 0, 95],
        "temperature_2m_max": [22.1, 21.0, 18.5, 24.0, 19.9],
        "temperature_2m_min": [14.0, 13.1, 12.2, 13.9, 12.8],
        "precipitation_probability_max": [5, 20, 90, 0, None],
    },
}


class FakeOpenMeteo:
    """Answers from `places` and `forecast`; fails as often as `failures` says."""

    def __init__(self) -> None:
        self.places: list[dict[str, Any]] = [PLACE]
        self.forecast: dict[str, Any] = FORECAST
        self.failures = 0
        self.asked: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        if self.failures > 0:
            self.failures -= 1
            return web.Response(status=503)
        search = request.path == "/search"
        return web.json_response({"results": self.places} if search else self.forecast)


@pytest.fixture
async def source(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeOpenMeteo]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fake = FakeOpenMeteo()
    app = web.Application()
    app.router.add_get("/{anything}", fake.answer)
    async with TestServer(app) as server:
        monkeypatch.setenv("WEATHER_GEOCODING_URL", str(server.make_url("/search")))
        monkeypatch.setenv("WEATHER_FORECAST_URL", str(server.make_url("/forecast")))
        yield fake


async def weather(arguments: str = '{"location": "lisbon", "unit": null}') -> ToolResult:
    stand = bench(*TOOLS)
    try:
        return await stand.answer(call("get_weather", arguments))
    finally:
        await stand.resources.aclose()


async def test_the_model_gets_the_data_and_the_user_a_card(source: FakeOpenMeteo) -> None:
    result = await weather()
    assert result.failure is None
    assert result.output["available"] is True
    assert result.output["place"] == "Lisbon, Portugal"
    assert result.output["current"]["condition"] == "Partly cloudy"
    assert [day["date"] for day in result.output["days"]] == FORECAST["daily"]["time"]
    assert "note" not in result.output
    (event,) = result.events
    assert event["item"]["widget"]["type"] == "Card"
    assert event["item"]["copy_text"].startswith("Lisbon, Portugal: 21°C")


async def test_fahrenheit_is_asked_for_as_such(source: FakeOpenMeteo) -> None:
    result = await weather('{"location": "lisbon", "unit": "fahrenheit"}')
    assert source.asked[-1]["temperature_unit"] == "fahrenheit"
    assert result.output["wind_unit"] == "mph"


async def test_a_hiccup_of_the_source_is_not_noticed(source: FakeOpenMeteo) -> None:
    source.failures = 2
    assert (await weather()).output["available"] is True


async def test_a_place_that_does_not_exist_is_said_to(source: FakeOpenMeteo) -> None:
    source.places = []
    result = await weather('{"location": "Nowhere", "unit": null}')
    assert result.output["available"] is False
    assert "Nowhere" in result.output["reason"]
    assert result.events == []


@pytest.mark.parametrize("forecast", [{}, {"current": None, "daily": {}}, FORECAST["current"]])
async def test_a_strange_answer_is_no_forecast(source: FakeOpenMeteo, forecast: Any) -> None:
    source.forecast = forecast
    result = await weather()
    assert result.failure is None
    assert result.output["available"] is False


async def test_without_a_network_the_model_is_told_to_make_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEATHER_GEOCODING_URL", "http://127.0.0.1:1/search")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    result = await weather()
    assert result.failure is None
    assert result.output["available"] is False
    assert "could not be reached" in result.output["reason"]


async def test_sample_weather_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEATHER", "sample")
    stand = bench(*TOOLS)
    result = await stand.answer(call("get_weather", '{"location": "Lisbon", "unit": null}'))
    assert result.output["sample"] is True
    assert "Sample data" in result.output["note"]
