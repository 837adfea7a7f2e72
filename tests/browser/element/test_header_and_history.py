"""The header and the history as the options of the page have them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.own_page import (
    events,
    expect_called,
    expect_events,
    open_own_page,
    talk,
)
from tests.support.waiting import wait_until_equal

GREETING = "What can I help with today?"


def test_the_header_shows_the_title_of_the_thread_or_that_of_the_page(
    empty_page: Page, gateway: str
) -> None:
    """`title.text` wins; `title.enabled` and `enabled` take away."""
    page = empty_page
    open_own_page(page, gateway)
    heading = page.locator("turnstream-header").get_by_role("heading")
    talk(page, "title: Of cats")
    expect(heading).to_have_text("Of cats")
    page.evaluate("set({ header: { title: { text: 'Support' } } })")
    expect(heading).to_have_text("Support")
    page.evaluate("set({ header: { title: { enabled: false, text: 'Support' } } })")
    expect(heading).to_have_count(0)
    expect(page.get_by_role("button", name="New chat")).to_be_visible()
    page.evaluate("set({ header: { enabled: false } })")
    expect(page.get_by_role("button", name="New chat")).to_have_count(0)


def test_the_header_has_the_buttons_of_the_page(empty_page: Page, gateway: str) -> None:
    """Left and right of the title; each has a name, and does what the page wants."""
    page = empty_page
    open_own_page(
        page,
        gateway,
        """{ header: { title: { text: 'Support' },
            leftAction: { icon: 'settings-cog', onClick: () => call('left') },
            rightAction: { icon: 'dark-mode', onClick: () => call('right') } } }""",
    )
    left = page.get_by_role("button", name="Settings")
    right = page.get_by_role("button", name="Dark mode")
    right.click()
    left.click()

    expect_called(page, [["right"], ["left"]])
    title = page.get_by_role("heading", name="Support").bounding_box()
    first, last = left.bounding_box(), right.bounding_box()
    assert title and first and last
    assert first["x"] < title["x"] < last["x"]


@pytest.mark.parametrize(
    "icon", ["sidebar-left", "back-large", "share", "menu-inverted", "compose"]
)
def test_header_icons_are_drawn(empty_page: Page, gateway: str, icon: str) -> None:
    """A few of those that the types name, built in and loaded."""
    page = empty_page
    open_own_page(
        page, gateway, f"{{ header: {{ leftAction: {{ icon: '{icon}', onClick() {{}} }} }} }}"
    )
    drawn = page.locator("turnstream-header turnstream-icon").first.locator("svg")

    expect(drawn.locator("path, rect, circle, line, polyline").first).to_be_attached()


def test_history_can_be_off_or_without_rename_and_delete(empty_page: Page, gateway: str) -> None:
    """Off means that no button and no method opens it, and that it closes."""
    page = empty_page
    open_own_page(page, gateway, "{ history: { showDelete: false } }")
    talk(page, "title: Of cats")
    page.get_by_role("button", name="Chat history").click()
    expect(page.get_by_role("button", name="Rename: Of cats")).to_be_attached()
    expect(page.get_by_role("button", name="Delete: Of cats")).to_have_count(0)
    page.evaluate("set({ history: { showRename: false } })")
    expect(page.get_by_role("button", name="Rename: Of cats")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete: Of cats")).to_be_attached()

    page.evaluate("set({ history: { enabled: false } })")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Chat history")).to_have_count(0)
    page.evaluate("chat.showHistory()")
    opened_and_closed = [["history.open", None], ["history.close", None]]
    expect_events(page, opened_and_closed, "history.open", "history.close")


def test_a_thread_is_renamed_and_deleted_in_the_history(empty_page: Page, gateway: str) -> None:
    """The header has the new title at once; what is deleted is no longer shown."""
    page = empty_page
    open_own_page(page, gateway)
    talk(page, "title: Of cats")
    page.get_by_role("button", name="Chat history").click()
    page.get_by_role("button", name="Rename: Of cats").click()
    page.get_by_role("textbox", name="Title").fill("Of dogs")
    page.keyboard.press("Enter")
    expect(page.locator("turnstream-header").get_by_role("heading")).to_have_text("Of dogs")

    page.get_by_role("button", name="Delete: Of dogs").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your chats will appear here.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=GREETING)).to_be_visible()
    wait_until_equal(lambda: events(page, "thread.change")[-1][1], {"threadId": None})


def test_a_search_finds_threads_that_the_list_has_not_shown_yet(
    empty_page: Page, gateway: str
) -> None:
    """The list comes page by page, and a search goes through all pages."""
    page = empty_page
    open_own_page(page, gateway)
    talk(page, "title: Of cats")
    page.evaluate(
        """async () => {
            for (let at = 0; at < 31; at++) {
                const params = { input: { content: [{ type: 'input_text', text: 'nothing' }],
                    attachments: [], inference_options: {} } };
                const body = JSON.stringify({ type: 'threads.create', params });
                const headers = { 'Content-Type': 'application/json' };
                await (await fetch('/chatkit', { method: 'POST', headers, body })).text();
            }
        }"""
    )
    page.get_by_role("button", name="Chat history").click()
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
    expect(page.get_by_role("button", name="Of cats", exact=True)).to_have_count(0)
    page.get_by_role("searchbox", name="Search chats").fill("CATS")

    page.get_by_role("button", name="Of cats", exact=True).click()
    expect(page.locator("turnstream-header").get_by_role("heading")).to_have_text("Of cats")
