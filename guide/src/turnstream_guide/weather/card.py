"""The forecast as a ChatKit card: the place and what it is like now, and a column for each day."""

from turnstream.contracts.turns import Json
from turnstream.i18n import N_, Translate

from turnstream_guide.language.phrasing import running_text
from turnstream_guide.weather.forecast import Day, Forecast

SAMPLE_LABEL = N_("Sample data, not a real forecast")
MADE_UP = N_("This is sample data, not a real forecast.")
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def forecast_card(forecast: Forecast, _: Translate) -> Json:
    """A `Card` widget. Sample data is labelled above the card."""
    card: Json = {
        "type": "Card",
        "key": "weather",
        "size": "md",
        "padding": 0,
        "children": [_now(forecast, _), _days(forecast, _)],
    }
    if forecast.sample:
        card["status"] = {"text": _(SAMPLE_LABEL), "icon": "info"}
    return card


def summary(forecast: Forecast, _: Translate) -> str:
    """The forecast in a line or two, for those who copy it."""
    now = forecast.current
    days = _("; ").join(
        f"{_(WEEKDAYS[day.date.weekday()])} {_rounded(day.high)}/{_rounded(day.low)} "
        f"{_(day.condition).lower()}"
        for day in forecast.days
    )
    text = _("{place}: {degrees}, {condition}. {days}.").format(
        place=forecast.place,
        degrees=f"{_rounded(now.temperature)}{forecast.degrees[1:]}",
        condition=_(now.condition).lower(),
        days=days,
    )
    return running_text([text, _(MADE_UP)]) if forecast.sample else text


def in_a_sentence(forecast: Forecast, _: Translate) -> str:
    """The weather now; the card beside it shows the rest."""
    now = forecast.current
    text = _("In {place} it is {degrees}, {condition}.").format(
        place=forecast.place,
        degrees=f"{now.temperature:g} {forecast.degrees}",
        condition=_(now.condition).lower(),
    )
    return running_text([text, _(MADE_UP)]) if forecast.sample else text


def _now(forecast: Forecast, _: Translate) -> Json:
    now = forecast.current
    place = _column(
        _text(forecast.place, weight="semibold"),
        _caption(f"{_(now.condition)} · {forecast.observed.replace('T', ' ')}"),
        align="start",
    )
    degrees = f"{_rounded(now.temperature)}{forecast.degrees[1:]}"
    temperature = _row(
        {"type": "Icon", "name": now.icon, "size": "2xl", "color": "emphasis"},
        {"type": "Title", "value": degrees, "size": "2xl", "weight": "semibold"},
        gap=2,
        flex="none",  # on a phone the place is broken into lines, not the degrees
    )
    details = _row(
        _caption(_("Feels like {degrees}").format(degrees=_rounded(now.feels_like))),
        _caption(_("Humidity {percent} %").format(percent=now.humidity)),
        _caption(
            _("Wind {speed} {unit}").format(speed=round(now.wind_speed), unit=forecast.wind_unit)
        ),
        gap=4,
    )
    return {
        "type": "Box",
        "key": "now",
        "padding": 4,
        "gap": 3,
        "background": "surface-secondary",
        "children": [_row(place, temperature, justify="between"), details],
    }


def _days(forecast: Forecast, _: Translate) -> Json:
    columns = [_day(day, _) for day in forecast.days]
    days = _row(*columns, justify="between")
    return {"type": "Box", "key": "days", "padding": 4, "children": [days]}


def _day(day: Day, _: Translate) -> Json:
    rain = "–" if day.rain_chance is None else f"{day.rain_chance} %"
    return _column(
        _caption(_(WEEKDAYS[day.date.weekday()])),
        {"type": "Icon", "name": day.icon, "size": "lg", "color": "secondary"},
        _text(_rounded(day.high), weight="medium", size="sm"),
        _text(_rounded(day.low), color="tertiary", size="sm"),
        _caption(rain),
        key=day.date.isoformat(),
        align="center",
    )


def _row(*children: Json, **props: object) -> Json:
    return {"type": "Row", "align": "center", "children": list(children), **props}


def _column(*children: Json, **props: object) -> Json:
    return {"type": "Col", "gap": 1, "children": list(children), **props}


def _text(value: str, **props: object) -> Json:
    return {"type": "Text", "value": value, **props}


def _caption(value: str) -> Json:
    return {"type": "Caption", "value": value, "color": "secondary"}


def _rounded(degrees: float) -> str:
    return f"{round(degrees)}°"
