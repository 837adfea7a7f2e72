"""Items of a thread that one can do something with, and what their thread says of itself."""

import pytest
from playwright.sync_api import Locator, Page, expect
from turnstream_devstack.stack import Stack

from tests.browser.own_page import open_own_page, sent, wait_for_event
from tests.browser.talk import answer, say

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
FROM_ANYWHERE = "default-src 'self'; img-src *; style-src 'self'"


@pytest.fixture
def chat(empty_page: Page, scripted_stack: Stack) -> Page:
    """A page with the element before the scripted server."""
    open_own_page(empty_page, scripted_stack.gateway_urls[0])
    return empty_page


def question(page: Page, text: str) -> Locator:
    return page.get_by_role("group", name=text, exact=True)


def test_questions_are_answered_by_choices_and_by_own_words(chat: Page) -> None:
    """One's own words choose themselves; a question without an answer counts as skipped."""
    say(chat, "question")
    question(chat, "Which?").get_by_role("textbox", name="Your answer").fill("green")
    many = question(chat, "Which ones?")
    for color in ("red", "blue"):
        many.get_by_role("checkbox", name=color).check()
    many.get_by_role("textbox", name="Your answer").fill("black")
    expect(question(chat, "Why?")).to_contain_text("In a word")
    chat.get_by_role("textbox", name="Why?").fill("because")
    with sent(chat, "threads.add_structured_input") as params:
        chat.get_by_role("button", name="Submit").click()

    assert params["input"] == {
        "status": "answered",
        "answers": {
            "one": {"values": ["green"], "skipped": False},
            "some": {"values": ["red", "blue", "black"], "skipped": False},
            "why": {"values": ["because"], "skipped": False},
            "else": {"values": [], "skipped": True},
        },
    }
    answer(chat, "You told me").wait_for()
    done = chat.locator("turnstream-structured-input")
    expect(done).to_contain_text("red, blue, black")
    expect(done.get_by_role("button")).to_have_count(0)


def test_a_choice_takes_the_place_of_own_words(chat: Page) -> None:
    """Where one answer is asked for, what was written and then not chosen is not sent."""
    say(chat, "question")
    which = question(chat, "Which?")
    which.get_by_role("textbox", name="Your answer").fill("green")
    which.get_by_role("radio", name="red").check()
    with sent(chat, "threads.add_structured_input") as params:
        chat.get_by_role("button", name="Submit").click()

    assert params["input"]["answers"]["one"] == {"values": ["red"], "skipped": False}
    wait_for_event(chat, "response.end", 2)


def test_questions_can_be_skipped_together(chat: Page) -> None:
    """The assistant goes on, and the questions say that they were skipped."""
    say(chat, "question")
    with sent(chat, "threads.add_structured_input") as params:
        chat.get_by_role("button", name="Skip").click()

    assert params["input"]["status"] == "skipped"
    answer(chat, "You told me").wait_for()
    expect(chat.locator("turnstream-structured-input").get_by_text("Skipped")).to_have_count(4)


def test_a_workflow_folds_as_the_server_says_until_the_reader_chooses(chat: Page) -> None:
    """It was ended as expanded; its tasks are there, with what they found."""
    say(chat, "agent researches")
    answer(chat, "It is known.").wait_for()
    summary = chat.locator("turnstream-workflow").get_by_role("button", name="Done")
    expect(summary).to_have_attribute("aria-expanded", "true")
    tasks = chat.locator("turnstream-workflow").get_by_role("listitem")
    expect(tasks).to_have_count(2)
    expect(tasks.nth(1).get_by_role("link", name="A page")).to_be_visible()

    summary.click()
    expect(tasks).to_have_count(0)
    chat.evaluate("set({ theme: 'dark' })")
    expect(summary).to_have_attribute("aria-expanded", "false")


def test_an_image_that_is_made_becomes_clear(empty_page: Page, scripted_stack: Stack) -> None:
    """Its last state is what is stored."""
    page = empty_page
    page.route(
        "https://example.com/*", lambda route: route.fulfill(body=PIXEL, content_type="image/png")
    )
    open_own_page(page, scripted_stack.gateway_urls[0], policy=FROM_ANYWHERE)
    say(page, "image")

    image = page.get_by_role("img", name="Generated image")
    expect(image).to_have_attribute("src", "https://example.com/2.png")
    expect(image).not_to_have_class("partial")


def test_a_thread_that_is_locked_or_closed_takes_no_message_and_says_why(chat: Page) -> None:
    """The reason of the server, or ours."""
    say(chat, "lock")
    expect(chat.get_by_role("status").filter(has_text="resting")).to_be_visible()
    expect(chat.get_by_role("textbox", name="Message")).to_have_count(0)
    chat.get_by_role("button", name="New chat").click()
    say(chat, "close")
    expect(chat.get_by_text("This chat is closed.")).to_be_visible()


def test_an_answer_that_can_not_be_stopped_offers_no_stop(chat: Page) -> None:
    """As the server's stream options say."""
    say(chat, "no way back")
    wait_for_event(chat, "response.end")
    say(chat, "slow: 1")
    wait_for_event(chat, "response.start", 2)

    expect(chat.get_by_role("button", name="Stop answering")).to_have_count(0)
    wait_for_event(chat, "response.end", 2)


def test_a_title_may_change_while_the_answer_comes(chat: Page) -> None:
    """The header and the history know it at once."""
    say(chat, "title twice: Of cats")
    expect(chat.locator("turnstream-header").get_by_role("heading")).to_have_text("Of cats")
    chat.get_by_role("button", name="Chat history").click()
    expect(chat.get_by_role("button", name="Of cats", exact=True)).to_be_visible()
