"""A reply to just a part of an answer: text that is selected in the thread."""

from playwright.sync_api import Locator, Page, expect
from turnstream_devstack.stack import Stack

from tests.browser.own_page import open_own_page
from tests.browser.talk import answer, message_field, say, send_button


def an_answer(page: Page, gateway: str) -> Locator:
    """The line of a finished answer."""
    open_own_page(page, gateway)
    say(page, "run a long task for 1 second")
    line = answer(page, "The task took 1 second")
    line.wait_for()
    send_button(page).wait_for()
    return line


def test_selected_text_of_an_answer_is_quoted_in_the_reply(empty_page: Page, demo: Stack) -> None:
    """A button appears above the selection; the reply has the words, on the wire and on screen."""
    line = an_answer(empty_page, demo.gateway_urls[0])
    line.dblclick(position={"x": 12, "y": 8})
    empty_page.get_by_role("button", name="Reply to this").click()
    field = message_field(empty_page)
    expect(field).to_be_focused()
    expect(empty_page.get_by_role("button", name="Remove quote")).to_be_visible()
    field.fill("why?")
    with empty_page.expect_request("**/chatkit") as request:
        field.press("Enter")
    assert '"quoted_text":"The"' in (request.value.post_data or "")
    expect(empty_page.locator("turnstream-user-message .quote")).to_have_text("The")


def test_the_button_goes_with_the_selection(empty_page: Page, demo: Stack) -> None:
    """What one writes, or what stands beside the chat, is nothing to reply to."""
    line = an_answer(empty_page, demo.gateway_urls[0])
    line.dblclick(position={"x": 12, "y": 8})
    button = empty_page.get_by_role("button", name="Reply to this")
    expect(button).to_be_visible()
    field = message_field(empty_page)
    field.fill("my own words")
    field.select_text()
    expect(button).to_have_count(0)
