"""The chat page for everybody: what axe-core finds, the keyboard alone, and what is said aloud."""

from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect
from turnstream_devstack.stack import Stack

from tests.browser.axe import found
from tests.browser.canned import Canned
from tests.browser.items import THREAD, every_event, every_item
from tests.browser.reading import CONTROLS, LISTEN, MOVING, focused, tabbed_through
from tests.browser.talk import GALLERY, answer, answered, say, stop_button, until

_EVERYTHING = """{
  history: { enabled: true, showRename: true, showDelete: true },
  threadItemActions: { feedback: true, retry: true },
  startScreen: { greeting: 'Hello', prompts: [{ label: 'Say something', prompt: 'Something' }] },
  composer: {
    attachments: { enabled: true }, dictation: { enabled: true },
    tools: [{ id: 'search', label: 'Search', icon: 'search', pinned: true },
            { id: 'draw', label: 'Draw', icon: 'write' }],
    models: [{ id: 'small', label: 'Small', description: 'Fast' }, { id: 'large', label: 'Large' }],
  },
  disclaimer: { text: 'Answers can be **wrong**.' },
  %s
}"""


class Look(NamedTuple):
    """How a page is seen."""

    options: str
    width: int = 1200


LOOKS = {
    "light": Look("theme: { colorScheme: 'light' }"),
    "dark": Look("theme: { colorScheme: 'dark' }"),
    "phone": Look("theme: { colorScheme: 'light', density: 'compact' }", width=360),
    "hebrew": Look("theme: { colorScheme: 'dark' }, locale: 'he'"),
}

OTHERS = ["dark", "phone", "hebrew"]


@pytest.fixture
def canned(empty_page: Page, demo: Stack) -> Canned:
    """A thread with everything in it."""
    canned = Canned(empty_page, demo.gateway_urls[0])
    canned.items = every_item()
    canned.events = every_event()
    canned.threads = [THREAD, {**THREAD, "id": "thr_2", "title": None}]
    return canned


@pytest.mark.parametrize("name", [pytest.param("light", marks=pytest.mark.short), *OTHERS])
def test_nothing_of_a_thread_shuts_anybody_out(canned: Canned, empty_page: Page, name: str) -> None:
    """With every item, then while it ends in an error, under notices."""
    page, look = empty_page, LOOKS[name]
    page.set_viewport_size({"width": look.width, "height": 4000})
    canned.open(_EVERYTHING % look.options)
    page.locator("turnstream-structured-input form").wait_for()
    page.locator("turnstream-widget button").first.wait_for()
    assert found(page) == []

    page.locator("turnstream-composer textarea").fill("Go on")
    page.keyboard.press("Enter")
    page.get_by_text("The cat did it").first.wait_for()
    assert found(page) == []


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_beside_a_thread_shuts_anybody_out(
    canned: Canned, empty_page: Page, name: str
) -> None:
    """The start, the history as one renames and deletes, and what could not be loaded."""
    page, look = empty_page, LOOKS[name]
    page.set_viewport_size({"width": look.width, "height": 800})
    canned.open(_EVERYTHING % look.options, thread=False)
    page.locator("turnstream-start button").wait_for()
    assert found(page) == []

    page.locator("turnstream-header #history").click()
    first = page.locator("turnstream-history li").first
    first.wait_for()
    assert found(page) == []
    for at, form in ((1, "form"), (2, "[role=alertdialog]")):
        first.locator("button").nth(at).click()
        page.locator(f"turnstream-history {form}").wait_for()
        assert found(page) == []
        page.keyboard.press("Escape")
        page.locator(f"turnstream-history {form}").wait_for(state="detached")

    canned.refusal = (500, {"code": "internal", "detail": "It is broken."})
    page.reload()
    page.locator("turnstream-header #history").click()
    page.locator("turnstream-history [role=alert]").wait_for()
    assert found(page) == []


@pytest.mark.parametrize("status", ["locked", "closed"])
def test_a_thread_that_takes_no_message_says_so(
    canned: Canned, empty_page: Page, status: str
) -> None:
    """The reason stands where one would write."""
    canned.thread["status"] = {"type": status, "reason": "The holidays began"}
    canned.open()
    empty_page.get_by_text("The holidays began").wait_for()
    assert found(empty_page) == []


@pytest.mark.parametrize("status", [404, 401, 500])
def test_a_thread_that_cannot_be_loaded_says_why(
    canned: Canned, empty_page: Page, status: int
) -> None:
    """It is said aloud, and there is a way to another one."""
    canned.refusal = (status, {"code": "x", "detail": "No."})
    canned.open()
    empty_page.get_by_role("alert").get_by_role("button", name="New chat").wait_for()
    assert found(empty_page) == []


@pytest.mark.parametrize("look", ["", "dark", "rtl", "compact"])
def test_no_widget_shuts_anybody_out(empty_page: Page, demo: Stack, look: str) -> None:
    """Every node with every property."""
    empty_page.goto(f"{demo.gateway_urls[0]}{GALLERY}?{look}")
    empty_page.locator("turnstream-widget").last.wait_for()
    assert found(empty_page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_demo_page_shuts_nobody_out(empty_page: Page, demo: Stack, scheme: str) -> None:
    """The panel beside the chat too, with what just happened in it."""
    empty_page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    empty_page.goto(f"{demo.gateway_urls[0]}/")
    empty_page.locator("turnstream-start button").first.wait_for()
    assert found(empty_page) == []

    with answered(empty_page):
        say(empty_page, "What is the weather in Oslo?")
    assert found(empty_page) == []


def test_the_keyboard_alone_reaches_everything_in_order(canned: Canned, empty_page: Page) -> None:
    """Tab goes from control to control as one reads, and each shows that it has the focus."""
    empty_page.set_viewport_size({"width": 1000, "height": 4000})
    canned.open(_EVERYTHING % "")
    empty_page.locator("turnstream-structured-input form").wait_for()
    empty_page.locator("turnstream-widget button").first.wait_for()

    reached = tabbed_through(empty_page)

    assert set(empty_page.evaluate(CONTROLS)) - {each.name for each in reached} == set()
    assert [each.name for each in reached if not each.ring] == []
    assert [each.top for each in reached] == sorted(each.top for each in reached)


def test_the_focus_stays_where_it_is_while_an_answer_grows(page: Page) -> None:
    """In the field, and on a button of an older answer."""
    with answered(page):
        say(page, "What is the weather in Oslo?")
    say(page, "Run a long task for 2 seconds")
    copy = page.get_by_role("button", name="Copy").first
    copy.focus()
    page.get_by_role("textbox", name="Message").type("typed meanwhile")
    stop_button(page).wait_for()
    assert focused(page) == "Message"
    copy.focus()

    answer(page, "The task took 2 seconds.").wait_for()
    assert focused(page) == "Copy"
    expect(page.get_by_role("textbox", name="Message")).to_have_value("typed meanwhile")


def test_who_wants_no_motion_gets_none(page: Page) -> None:
    """Neither the spinner of a growing answer, nor the panel that slides in."""
    page.emulate_media(reduced_motion="reduce")
    say(page, "Run a long task for 20 seconds")
    page.locator("turnstream-thread .shine").first.wait_for()
    page.get_by_role("button", name="Chat history").click()
    page.get_by_role("dialog", name="Chat history").wait_for()
    assert page.evaluate(MOVING) == []

    page.emulate_media(reduced_motion="no-preference")
    until(page, f"({MOVING})().length > 0")


def test_an_answer_is_said_aloud_by_the_sentence(page: Page) -> None:
    """A screen reader hears each sentence once, whole, and at the end that it was all."""
    page.evaluate(LISTEN)
    with answered(page):
        say(page, "How do client tools work in ChatKit?")
    until(page, "window.heard.at(-1) === 'The answer is complete.'")

    heard = page.evaluate("window.heard")
    assert heard[0] == "The assistant is answering."
    assert len(heard) == len(set(heard))
    assert all(line.endswith((".", ":", "!", "?", "…")) for line in heard[:-2]), heard
