"""What tools emit is what ChatKit takes: its own types are the judge."""

from typing import Any

import pytest
from chatkit.types import ThreadStreamEvent
from chatkit.widgets import Card
from pydantic import TypeAdapter
from turnstream.contracts.ids import derived_id
from turnstream_guide.language.texts import translator
from turnstream_guide.weather.card import MADE_UP, SAMPLE_LABEL, forecast_card, summary
from turnstream_guide.weather.forecast import sky
from turnstream_guide.weather.sample import sample_forecast
from turnstream_tools.registry import load_tools

from tests.unit.tools import odd_tools
from tests.unit.tools.bench import bench, call

TOOLS = load_tools("turnstream_guide.tools")
ENGLISH = translator("en")

EVENT: TypeAdapter[Any] = TypeAdapter(ThreadStreamEvent)


async def shown(tool: str, arguments: str = "{}", **settings: Any) -> list[dict[str, Any]]:
    stand = bench(*TOOLS, odd_tools.greet, odd_tools.steps, **settings)
    await stand.answer(call(tool, arguments))
    await stand.resources.aclose()
    return stand.replies.events()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("greet", '{"name": "Ada"}'),
        ("steps", "{}"),
        ("long_running_task", '{"seconds": 1}'),
        ("sample_widget", '{"text": "Hello"}'),
        ("show_notice", '{"level": "danger"}'),
        ("send_client_effect", '{"name": "confetti"}'),
        ("demo_workflow", '{"topic": "tool"}'),
        ("long_running_server_tool_status", '{"seconds": 1}'),
        ("get_weather", '{"location": "Lisbon", "unit": null}'),
    ],
)
async def test_every_event_is_one_of_chatkits(
    tool: str, arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frontend could not read any other."""
    monkeypatch.setenv("WEATHER", "sample")
    events = await shown(tool, arguments)
    assert events
    for event in events:
        parsed = EVENT.validate_python(event)
        again = parsed.model_dump(mode="json", exclude_none=True)
        assert again["type"] == event["type"]


async def test_an_item_is_the_same_item_in_every_run_of_the_call() -> None:
    """Ids follow from the key of the call, so a second run replaces and does not add."""
    arguments = '{"name": "Ada"}'
    first, second = await shown("greet", arguments), await shown("greet", arguments)
    items = [event["item"] for event in first if "item" in event]
    assert items[0]["id"] == derived_id("msg", "call_1", 1)
    assert items[0]["thread_id"] == "thr_1"
    assert items[0]["created_at"].endswith("Z")
    assert [item["id"] for item in items] == [e["item"]["id"] for e in second if "item" in e]


async def test_a_workflow_grows_step_by_step_and_ends_complete() -> None:
    """Each step completes the one before it."""
    events = await shown("steps")
    assert [event["type"].removeprefix("thread.item.") for event in events] == [
        "added",
        "updated",
        "updated",
        "updated",
        "done",
    ]
    assert events[0]["item"]["workflow"]["tasks"] == []
    tasks = events[-1]["item"]["workflow"]["tasks"]
    assert [(task["title"], task["status_indicator"]) for task in tasks] == [
        ("Reading", "complete"),
        ("Writing", "complete"),
    ]


async def test_a_concluded_workflow_says_what_came_of_it() -> None:
    """A conclusion stands in the place of the duration; what a step added stays with it."""
    events = await shown("demo_workflow", '{"topic": "redis"}')
    workflow = events[-1]["item"]["workflow"]
    assert workflow["summary"]["title"].startswith("redis: 1 pages")
    assert [source["title"] for source in workflow["tasks"][0]["sources"]] == [
        "Redis Streams: event, log, group"
    ]


async def test_a_widget_that_grew_is_the_widget_that_is_stored() -> None:
    """The deltas of the text add up to the text of the done item."""
    added, *growth, done = await shown("sample_widget", '{"text": "Hello there"}')
    assert added["item"]["widget"]["children"][-1]["value"] == ""
    assert "".join(event["update"]["delta"] for event in growth) == "Hello there"
    assert [event["update"]["done"] for event in growth] == [False] * (len(growth) - 1) + [True]
    text = done["item"]["widget"]["children"][-1]
    assert (text["value"], text["streaming"]) == ("Hello there", False)
    assert added["item"]["id"] == done["item"]["id"]


@pytest.mark.parametrize("unit", ["celsius", "fahrenheit"])
def test_the_weather_card_is_a_strict_chatkit_card(unit: Any) -> None:
    """It has no property that ChatKit's classes do not know."""
    card = forecast_card(sample_forecast("Lisbon", unit), ENGLISH)
    parsed = Card.model_validate(card)
    assert parsed.model_dump(mode="json") == card


def test_sample_weather_is_labelled_wherever_it_is_seen() -> None:
    """Card, text and output say that it is made up."""
    forecast = sample_forecast("Lisbon", "celsius")
    assert forecast == sample_forecast("lisbon", "celsius").model_copy(update={"place": "Lisbon"})
    assert forecast_card(forecast, ENGLISH)["status"]["text"] == SAMPLE_LABEL
    assert MADE_UP in summary(forecast, ENGLISH)
    live = forecast.model_copy(update={"sample": False})
    assert "status" not in forecast_card(live, ENGLISH)
    assert "ample" not in summary(live, ENGLISH)


def test_an_unknown_weather_code_is_admitted() -> None:
    """A new code of the source is no error."""
    assert sky(1234).condition == "Unknown"
    assert sky(0, night=True).icon == "lucide:moon"
