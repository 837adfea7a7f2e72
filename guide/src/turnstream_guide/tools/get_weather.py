"""`get_weather`: current conditions and the next days, for the model and as a card."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from turnstream.contracts.turns import Json
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator
from turnstream_guide.settings import GuideSettings
from turnstream_guide.weather.card import forecast_card, in_a_sentence, summary
from turnstream_guide.weather.forecast import Forecast, PlaceNotFound, Unit, WeatherUnavailable
from turnstream_guide.weather.open_meteo import OpenMeteo
from turnstream_guide.weather.sample import sample_forecast

Location = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]

SAMPLE_NOTE = "Sample data: made up for a demonstration, not a real forecast. Say so to the user."


class GetWeather(BaseModel):
    """Where, and in which unit."""

    location: Location = Field(description="A city or postal code, for example: Lisbon")
    unit: Unit | None = Field(default=None, description="The temperature unit. Null means celsius.")


@tool(
    name="get_weather",
    description="Get the current weather and the forecast of the next days, and show it as a card.",
    timeout=timedelta(seconds=30),
    idempotent=True,
)
async def get_weather(call: ToolContext, args: GetWeather) -> Json:
    """Look the weather up and show it. A place that is not found is an output, not an error."""
    _ = translator(call.locale)
    checking = _("Checking the weather in {place}").format(place=args.location)
    await call.progress(checking, icon="globe")
    try:
        forecast = await _forecast(call, args.location, args.unit or "celsius")
    except PlaceNotFound:
        reason = _("No place named {place} was found.").format(place=args.location)
        return {"available": False, "reason": reason, "summary": reason}
    except WeatherUnavailable as error:
        return {
            "available": False,
            "reason": f"The weather service could not be reached ({error}). "
            "There is no data: do not make any up.",
            "summary": _("The weather service could not be reached."),
        }
    await call.widget(forecast_card(forecast, _), copy_text=summary(forecast, _))
    note = {"note": SAMPLE_NOTE} if forecast.sample else {}
    spoken = {"summary": in_a_sentence(forecast, _)}
    return {"available": True, **note, **spoken, **forecast.model_dump(mode="json")}


async def _forecast(call: ToolContext, location: str, unit: Unit) -> Forecast:
    settings = GuideSettings()
    if settings.weather == "sample":
        return sample_forecast(location, unit)
    return await OpenMeteo(call.http, call.redis, settings).forecast(location, unit)
