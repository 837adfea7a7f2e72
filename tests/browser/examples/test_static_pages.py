"""The examples do in a browser what they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from turnstream_devstack.stack import Stack

from tests.browser.examples.static_pages import example_server
from tests.browser.talk import answer, answered, say, send_button
from tests.support.network.line import Line, line_to
from tests.support.system.gateways import gateway_beside

STAND_IN = Path(__file__).parent / "chatkit_stand_in.js"
READER = Path(__file__).parents[3] / "web/test/stock-reader.js"
IS_DARK = "getComputedStyle(chat.shadowRoot.querySelector('.root')).colorScheme === 'dark'"
CDN = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js"


@dataclass
class Examples:
    """The examples, and the line between them and their gateway."""

    origin: str
    line: Line

    def open(self, page: Page, name: str) -> None:
        """Go to one of them."""
        page.goto(f"{self.origin}/{name}/")


@pytest.fixture(scope="module")
def examples(demo: Stack) -> Iterator[Examples]:
    """The examples with a gateway that allows pages of their origin."""
    with (
        example_server() as server,
        gateway_beside(demo, {"CORS_ORIGINS": server.origin}) as gateway,
        line_to(f"http://127.0.0.1:{gateway.port}") as line,
    ):
        server.gateway = line.url
        yield Examples(server.origin, line)


def test_a_plain_page_of_another_origin_has_the_chat(empty_page: Page, examples: Examples) -> None:
    """It remembers its thread in the address, and answers the assistant's client tool."""
    examples.open(empty_page, "plain")
    with answered(empty_page):
        empty_page.get_by_role("button", name="Weather").click()
    empty_page.locator("turnstream-widget").get_by_text("Oslo").first.wait_for()
    say(empty_page, "dark theme please")
    empty_page.wait_for_function(IS_DARK)
    send_button(empty_page).wait_for()
    empty_page.reload()
    empty_page.locator("turnstream-widget").get_by_text("Oslo").first.wait_for()


def test_a_plain_page_goes_on_after_a_lost_connection(empty_page: Page, examples: Examples) -> None:
    """Position and key cross origins too."""
    examples.open(empty_page, "plain")
    say(empty_page, "count to 300")
    answer(empty_page, "20").wait_for()
    examples.line.cut()
    answer(empty_page, "300").wait_for()


def test_the_assistant_knows_the_page_and_a_passage_of_it(
    empty_page: Page, examples: Examples
) -> None:
    """What the page says of itself comes with each request; a selection is quoted."""
    examples.open(empty_page, "page-context")
    empty_page.get_by_role("button", name="Where am I?").click()
    answer(empty_page, "title: Opening hours").wait_for()

    send_button(empty_page).wait_for()

    empty_page.evaluate("getSelection().selectAllChildren(document.getElementById('passage'))")
    empty_page.get_by_role("button", name="Ask about what is selected").click()
    empty_page.locator("turnstream-composer").get_by_text("The library is open").wait_for()
    with empty_page.expect_request("**/chatkit") as asked:
        say(empty_page, "On Sundays too?")
    sent = asked.value.post_data_json or {}
    assert sent["params"]["input"]["quoted_text"].startswith("The library is open")
    assert sent["metadata"]["path"] == "/page-context/"


def test_a_page_says_when_the_chat_can_not_be_loaded(empty_page: Page, examples: Examples) -> None:
    """The loader's own file, or the module that it loads: the page hears of both."""
    for missing in ("**/ui/loader.js", "**/turnstream-chat.js"):
        empty_page.route(missing, lambda route: route.abort())
        examples.open(empty_page, "script-load")
        empty_page.get_by_text("The chat is not available.").wait_for()
        empty_page.unroute(missing)

    examples.open(empty_page, "script-load")
    empty_page.get_by_role("textbox", name="Message").wait_for()
    expect(empty_page.locator("#fallback")).to_have_count(0)


def test_a_page_of_chatkit_js_reads_whole_answers(empty_page: Page, examples: Examples) -> None:
    """A stand-in takes the place of ChatKit.js, which comes from a CDN alone: it does not notice a
    lost connection, and a page that is loaded again waits for the end of the answer.
    """
    empty_page.route(CDN, lambda route: route.fulfill(path=STAND_IN))
    empty_page.route("**/stock-reader.js", lambda route: route.fulfill(path=READER))
    examples.open(empty_page, "chatkit-js")
    empty_page.wait_for_function("chat.options")
    empty_page.evaluate("chat.sendUserMessage({ text: 'count to 300' })")
    empty_page.wait_for_function("chat.said.includes('20')")
    examples.line.cut()
    empty_page.wait_for_function("chat.said.includes('300')")

    empty_page.evaluate("chat.sendUserMessage({ text: 'run a long task for 2 seconds' })")
    empty_page.wait_for_function("chat.counts.progress_update")
    empty_page.reload()
    empty_page.wait_for_function("chat.said?.includes('The task took 2 seconds.')")
