"""The chat page in a real browser: no answer is lost, whatever happens to page or gateway."""

from collections.abc import Iterator
from itertools import count

import pytest
from devstack.stack import Stack
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.support.browsers import arguments, chromium

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="needs Chromium, Chrome or Edge on PATH, or CHROMIUM=<program>"
)
LONG = "run a long task for 2 seconds"
ITS_ANSWER = "The task took 2 seconds."
_users = count(1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all these tests."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of a user of its own, who speaks English."""
    user = {"X-User-Id": f"browser-{next(_users)}"}
    with browser.new_context(locale="en-US", extra_http_headers=user) as context:
        context.set_default_timeout(15_000)
        yield context


@pytest.fixture
def page(context: BrowserContext, demo: Stack) -> Iterator[Page]:
    """The demo page. At the end it has thrown nothing, and its policy refused nothing."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if "Policy" in line.text else None)
    page.goto(f"{demo.gateway_urls[0]}/")
    yield page
    assert wrong == []


def test_an_answer_goes_on_after_a_reload_and_the_death_of_its_gateway(
    page: Page, demo: Stack
) -> None:
    """The page comes back to the turn by its position, and the message was sent once."""
    _say(page, LONG)
    page.wait_for_url("**/?thread=*")
    page.reload()
    _stop_button(page).wait_for()
    demo.service("gateway-1").kill()

    _answer(page).wait_for()
    page.reload()
    _answer(page).wait_for()
    assert page.locator("turnstream-item").count() == 2


def test_a_second_tab_sees_the_answer_live_and_can_stop_it(
    page: Page, context: BrowserContext
) -> None:
    """Stop is a request of its own: it works from any page that shows the thread."""
    _say(page, "run a long task for 30 seconds")
    page.wait_for_url("**/?thread=*")
    second = context.new_page()
    second.goto(page.url)
    _stop_button(second).click()

    for each in (second, page):
        each.get_by_role("button", name="Send message").wait_for()


def test_a_widget_and_a_workflow_are_drawn_under_the_strictest_policy(page: Page) -> None:
    """Nothing of the tour is refused by the page's Content-Security-Policy."""
    _say(page, "show the demo workflow")
    page.locator("turnstream-workflow").wait_for()
    page.locator("turnstream-assistant-message").get_by_text("I looked for").wait_for()
    _say(page, "weather in Oslo")
    page.locator("turnstream-widget").get_by_text("Oslo").first.wait_for()


def _say(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Message")
    field.fill(text)
    field.press("Enter")


def _stop_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Stop answering")


def _answer(page: Page) -> Locator:
    """Where it is read, not where it is said aloud."""
    return page.locator("turnstream-assistant-message").get_by_text(ITS_ANSWER)
