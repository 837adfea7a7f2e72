"""The page at `/`: what a newcomer sees first, in their language, on their screen."""

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from turnstream_devstack.stack import Stack

from tests.browser.talk import answer, say
from tests.support.browsers import troubles
from tests.support.waiting import wait_until_equal

WIDE: ViewportSize = {"width": 1440, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 800}


A_WORKER_COMES_BACK = 120_000
"""Milliseconds, on a machine that is busy; there is no other worker here."""


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="What just happened")


def fact(page: Page, name: str) -> Locator:
    return panel(page).locator(f"[data-name={name}]")


def left_and_width(place: Locator) -> tuple[float, float] | None:
    """Where it begins and how wide it is, in pixels; None while it is not shown."""
    box = place.bounding_box()
    return box and (box["x"], box["width"])


@pytest.mark.short
@pytest.mark.parametrize(
    ("locale", "starter", "told"),
    [
        ("ja-JP", "オスロの天気は？", "In Oslo it is"),
        ("he-IL", "מה מזג האוויר באוסלו?", "In Oslo it is"),
    ],
)
def test_a_visitor_begins_with_a_sentence_in_their_language(
    browser: Browser, demo: Stack, locale: str, starter: str, told: str
) -> None:
    """Every demonstration has one, and the demo model knows it in every language."""
    page = browser.new_page(locale=locale, extra_http_headers={"X-User-Id": f"demo-{locale}"})
    wrong = troubles(page)
    page.goto(f"{demo.gateway_urls[0]}/")
    expect(page.locator("turnstream-start li")).to_have_count(28)

    page.get_by_role("button", name=starter).click()

    answer(page, told).wait_for()
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if locale == "he-IL" else "ltr")
    assert wrong == []
    page.close()


@pytest.mark.timeout(240)
def test_the_panel_tells_of_each_event_and_its_worker_can_be_killed(page: Page) -> None:
    """The answer goes on before the visitor's eyes, under the next attempt."""
    page.set_viewport_size(WIDE)
    page.reload()
    say(page, "run a long task for 5 seconds")
    expect(fact(page, "attempt")).to_have_text("1", timeout=15_000)
    panel(page).get_by_role("button", name="Kill this turn").click()

    panel(page).get_by_text("worker killed", exact=True).wait_for()
    panel(page).get_by_text("attempt 2").wait_for(timeout=A_WORKER_COMES_BACK)
    answer(page, "The task took 5 seconds.").wait_for()
    expect(panel(page).get_by_text("completed")).to_be_visible()
    expect(fact(page, "position")).to_contain_text("2-")


@pytest.mark.short
def test_the_chosen_theme_stays_over_a_reload_and_the_guide_can_choose_it(page: Page) -> None:
    """By the button in the header, or by a client tool that the guide calls."""
    html = page.locator("html")
    page.get_by_role("button", name="Dark mode").click()
    page.reload()
    expect(html).to_have_css("color-scheme", "dark")

    say(page, "light theme please")

    expect(html).to_have_css("color-scheme", "light", timeout=15_000)


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page) -> None:
    """The panel opens below the chat, which stays usable."""
    page.set_viewport_size(PHONE)
    page.reload()
    page.get_by_role("button", name="Show the demo workflow").wait_for()
    expect(panel(page)).not_to_be_visible()
    page.get_by_role("button", name="Toggle sidebar").click()

    wait_until_equal(lambda: left_and_width(panel(page)), (0, PHONE["width"]))
    expect(page.get_by_role("textbox", name="Message")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
