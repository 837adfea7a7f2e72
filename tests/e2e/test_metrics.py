"""What running services tell Prometheus is what docs/reference/metrics.md says of them."""

import re

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from turnstream_devstack.stack import Stack

from tests.support.pages import DOCS
from tests.support.waiting import wait_until_async
from tests.support.watching.metric_catalogue import OURS, catalogue, exposed

SECTIONS = {
    "gateway-1": ("Every service", "Gateway"),
    "agent-worker-1": ("Every service", "Agent worker", "Model calls", "The bundled guide"),
    "store-1": ("Every service", "Store"),
    "tools-1": ("Every service", "Tool calls"),
}
"""Where the page has the metrics of a service."""
_PAGE = (DOCS / "reference/metrics.md").read_text()


def of_section(heading: str) -> set[str]:
    """The metrics of a section of the page."""
    [text] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", _PAGE, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^\| `([a-z0-9_]+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("service", SECTIONS)
async def test_a_service_tells_what_its_section_says(demo: Stack, service: str) -> None:
    """All of that, whether or not anything has happened; and nothing that the page does not have,
    by no other label.
    """
    told: set[str] = set()
    series = exposed(catalogue())
    for family in text_string_to_metric_families(await scraped(demo, service)):
        if not family.name.startswith(OURS):
            continue
        told.add(f"{family.name}_total" if family.type == "counter" else family.name)
        for sample in family.samples:
            assert set(sample.labels) == series[sample.name], sample.name
    expected = set().union(*map(of_section, SECTIONS[service]))
    assert expected <= told
    assert told <= set(catalogue())


async def test_a_turn_is_told_from_its_acceptance_to_its_viewer(demo: Stack) -> None:
    """By each service that it passes, and by the name of its model."""
    async with aiohttp.ClientSession() as http:
        body = {
            "type": "threads.create",
            "params": {
                "input": {
                    "content": [{"type": "input_text", "text": "What is the weather in Oslo?"}],
                    "attachments": [],
                    "inference_options": {},
                }
            },
        }
        url = f"{demo.service('gateway-1').url}/chatkit"
        async with http.post(url, json=body, headers={"X-User-Id": "measured"}) as answer:
            assert answer.status == 200
            await answer.read()

    async def told() -> bool:
        text = "".join([await scraped(demo, service) for service in SECTIONS])
        return all(value(text, series) > 0 for series in OF_A_TURN)

    await wait_until_async(told)


OF_A_TURN = (
    "turnstream_accept_seconds_count",
    "turnstream_relay_seconds_count",
    'turnstream_viewers_closed_total{how="ended"}',
    "turnstream_queue_wait_seconds_count",
    "turnstream_first_event_seconds_count",
    "turnstream_first_text_seconds_count",
    'turnstream_attempts_total{outcome="completed"}',
    'turnstream_turns_accepted_total{tenant="default"}',
    'turnstream_turns_ended_total{status="completed",tenant="default"}',
    'turnstream_tool_calls_total{outcome="ok",tool="get_weather"}',
    'turnstream_ready{check="store"}',
)
"""Series that have risen then."""


def value(text: str, series: str) -> float:
    """What an exposition says of a series; 0 where it says nothing."""
    found = re.findall(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return max(map(float, found), default=0.0)


async def scraped(stack: Stack, service: str) -> str:
    """What Prometheus would get of a service."""
    url = f"{stack.service(service).url}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200
        return await answer.text()
