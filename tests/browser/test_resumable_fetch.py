"""`resumableFetch`: a reader of the plain protocol, as ChatKit.js is one, never notices that its
connection, its gateway or its worker was lost.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from turnstream_devstack.stack import Stack

from tests.support.network.line import Line, line_to

READER = Path(__file__).parents[2] / "web/test/stock-reader.js"
PAGE = """<!doctype html><title>a page with a fetch that resumes</title><script type="module">
import { resumableFetch } from '/ui/resumable-fetch.js';
import { StockReader } from '/stock-reader.js';
const send = resumableFetch('/');
const headers = { 'Content-Type': 'application/json' };
window.ask = (type, params, signal) =>
  send('/chatkit', { method: 'POST', headers, signal, body: JSON.stringify({ type, params }) });
window.say = (text) => {
  window.reader = new StockReader();
  window.stop = new AbortController();
  const content = [{ type: 'input_text', text }];
  const input = { content, attachments: [], inference_options: {} };
  window.whole = window.ask('threads.create', { input }, window.stop.signal)
    .then((response) => window.reader.read(response));
  window.whole.catch(() => {});
};
window.stored = async () => {
  await window.whole;
  const [{ thread }] = window.reader.events;
  const answer = await window.ask('items.list', { thread_id: thread.id, limit: 100, order: 'asc' });
  return (await answer.json()).data;
};
document.title = 'ready';
</script>"""


@pytest.fixture
def line(demo: Stack) -> Iterator[Line]:
    """The line between the page and its gateway."""
    with line_to(demo.gateway_urls[0]) as line:
        yield line


@pytest.fixture
def reader(empty_page: Page, line: Line) -> Page:
    """A page that reads answers as ChatKit.js does: `say`, then what it has read is in `reader`."""
    empty_page.route(
        "**/stock.html", lambda route: route.fulfill(body=PAGE, content_type="text/html")
    )
    empty_page.route("**/stock-reader.js", lambda route: route.fulfill(path=READER))
    empty_page.goto(f"{line.url}/stock.html")
    empty_page.wait_for_function("document.title === 'ready'")
    return empty_page


def say(reader: Page, text: str, until: str) -> None:
    """Ask, and wait until some of the answer was read."""
    reader.evaluate("(text) => say(text)", text)
    reader.wait_for_function(
        "(until) => reader.said.includes(until) || reader.counts[until]", arg=until
    )


def assert_read_as_stored(reader: Page) -> list[dict[str, Any]]:
    """What was read to the end is what the store has, item by item; these."""
    stored: list[dict[str, Any]] = reader.evaluate("stored()")
    read = {each["id"]: each for each in reader.evaluate("[...reader.items.values()]")}
    assert [read.get(each["id"]) for each in stored] == stored
    assert len(read) == len(stored)
    return stored


def test_a_connection_that_is_cut_again_and_again_loses_nothing(reader: Page, line: Line) -> None:
    """Each cut is in the middle of the answer; every event is read once."""
    say(reader, "count to 300", until="20")
    for number in (60, 120, 200):
        line.cut()
        reader.wait_for_function(f"reader.said.includes('{number}')")
    assert_read_as_stored(reader)
    assert line.cuts >= 6
    assert reader.evaluate("reader.said.trim().endsWith('300')")
    assert reader.evaluate("reader.counts['thread.item.removed']") is None


def test_a_gateway_that_is_killed_is_not_noticed(reader: Page, demo: Stack) -> None:
    """It comes back, and the answer goes on behind its position."""
    say(reader, "count to 600", until="20")
    demo.service("gateway-1").kill()
    assert_read_as_stored(reader)
    assert reader.evaluate("reader.said.trim().endsWith('600')")


def test_a_message_that_meets_a_dead_gateway_is_sent_once(reader: Page, demo: Stack) -> None:
    """It is repeated under its key until somebody answers."""
    demo.service("gateway-1").kill()
    reader.evaluate("say('count to 5')")
    stored = assert_read_as_stored(reader)
    assert [each["type"] for each in stored] == ["user_message", "assistant_message"]


def test_a_worker_that_dies_is_taken_back_and_done_again(reader: Page, demo: Stack) -> None:
    """The second attempt removes what the first had begun, as a stock server might."""
    say(reader, "count to 600", until="20")
    demo.service("agent-worker-1").kill()
    assert_read_as_stored(reader)
    assert reader.evaluate("reader.counts['thread.item.removed']") == 1


def test_a_turn_that_is_told_anew_replaces_what_was_read(reader: Page, line: Line) -> None:
    """The gateway does not know the position: it tells the turn from its beginning."""

    def elsewhere(route: Route) -> None:
        reader.unroute("**/turns/*/events")
        route.continue_(headers={**route.request.headers, "last-event-id": "7-1"})

    reader.route("**/turns/*/events", elsewhere)
    say(reader, "count to 300", until="20")
    line.cut()
    assert_read_as_stored(reader)
    assert reader.evaluate("reader.counts['thread.item.removed']") >= 2


def test_a_stop_of_the_reader_cancels_the_turn(reader: Page) -> None:
    """ChatKit's protocol has no request for it: the answer is closed."""
    say(reader, "run a long task for 30 seconds", until="progress_update")
    with reader.expect_response("**/turns/*/cancel") as cancelled:
        reader.evaluate("stop.abort()")
    assert cancelled.value.ok
    events = cancelled.value.url.removesuffix("/cancel") + "/events"
    told = reader.evaluate("(url) => fetch(url).then((answer) => answer.text())", events)
    assert '{"status":"cancelled"}' in told


def test_a_page_that_is_left_stops_nothing(reader: Page) -> None:
    """A reload closes the answer too; its turn goes on."""
    cancels: list[str] = []
    reader.on("request", lambda each: cancels.append(each.url) if "/cancel" in each.url else None)
    say(reader, "run a long task for 15 seconds", until="progress_update")
    thread = reader.evaluate("reader.events[0].thread.id")
    reader.goto(reader.url)
    running = f"fetch('/threads/{thread}/turn').then((each) => each.status)"
    assert reader.evaluate(running) == 200
    assert cancels == []
