"""The chat page in a real browser: no answer is lost, whatever happens to page or gateway."""

import pytest
from devstack.stack import Stack
from playwright.sync_api import BrowserContext, Page

from tests.browser.talk import answer, say, send_button, stop_button

LONG = "run a long task for 2 seconds"
ITS_ANSWER = "The task took 2 seconds."


@pytest.mark.short
def test_an_answer_goes_on_after_a_reload_and_the_death_of_its_gateway(
    page: Page, demo: Stack
) -> None:
    """The page comes back to the turn by its position, and the message was sent once."""
    say(page, LONG)
    page.wait_for_url("**/?thread=*")
    page.reload()
    stop_button(page).wait_for()
    demo.service("gateway-1").kill()

    answer(page, ITS_ANSWER).wait_for()
    page.reload()
    answer(page, ITS_ANSWER).wait_for()
    assert page.locator("turnstream-item").count() == 2


def test_a_second_tab_sees_the_answer_live_and_can_stop_it(
    page: Page, context: BrowserContext
) -> None:
    """Stop is a request of its own: it works from any page that shows the thread."""
    say(page, "run a long task for 30 seconds")
    page.wait_for_url("**/?thread=*")
    second = context.new_page()
    second.goto(page.url)
    stop_button(second).click()

    for each in (second, page):
        send_button(each).wait_for()


@pytest.mark.short
def test_a_widget_and_a_workflow_are_drawn_under_the_strictest_policy(page: Page) -> None:
    """Nothing of the tour is refused by the page's Content-Security-Policy."""
    say(page, "show the demo workflow")
    page.locator("turnstream-workflow").wait_for()
    page.locator("turnstream-assistant-message").get_by_text("I looked for").wait_for()
    say(page, "weather in Oslo")
    page.locator("turnstream-widget").get_by_text("Oslo").first.wait_for()
