"""The real @openai/chatkit-react drives our element, registered under the name that it expects."""

from collections.abc import Iterator

import pytest
from devstack.stack import Stack
from playwright.sync_api import Page

from tests.browser import node_examples
from tests.browser.talk import answer, say, send_button


@pytest.fixture(scope="module")
def react(demo: Stack) -> Iterator[str]:
    """The address of the React example, with the gateway behind it."""
    home = node_examples.install("react")
    node_examples.build(home, "dist/index.html")
    gateway = {"CHAT_URL": demo.gateway_urls[0]}
    with node_examples.serve(home, "vite/bin/vite.js", "preview", gateway) as url:
        yield url


def test_the_hook_sets_options_and_hears_events(empty_page: Page, react: str) -> None:
    """Options, a client tool that changes them, and the beginning and end of an answer."""
    empty_page.goto(react)
    empty_page.get_by_text("How can we help?").wait_for()
    status = empty_page.get_by_role("status").get_by_text
    say(empty_page, "run a long task for 1 second")
    status("answering").wait_for()
    answer(empty_page, "The task took 1 second").wait_for()
    status("ready for a question").wait_for()

    say(empty_page, "dark theme please")
    empty_page.wait_for_function(
        "getComputedStyle(document.querySelector('openai-chatkit').shadowRoot"
        ".querySelector('.root')).colorScheme === 'dark'"
    )
    send_button(empty_page).wait_for()


def test_the_hooks_methods_drive_the_element(empty_page: Page, react: str) -> None:
    """A message from a button of the page, into a new thread; the history from another."""
    empty_page.goto(react)
    empty_page.get_by_text("How can we help?").wait_for()
    empty_page.get_by_role("button", name="What can you do?").click()
    empty_page.locator("turnstream-assistant-message").first.wait_for()
    send_button(empty_page).wait_for()
    empty_page.get_by_role("button", name="My conversations").click()
    empty_page.locator("turnstream-history").get_by_role("listitem").first.wait_for()
