"""What a person does on a chat page, by the names that a screen reader says."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

GALLERY = "/ui/gallery.html"
"""Where every widget is shown."""


def message_field(page: Page) -> Locator:
    """Where one writes."""
    return page.get_by_role("textbox", name="Message")


def say(page: Page, text: str) -> None:
    """Send a message."""
    field = message_field(page)
    field.fill(text)
    field.press("Enter")


def send_button(page: Page) -> Locator:
    """It is there when no answer is on its way."""
    return page.get_by_role("button", name="Send message")


def stop_button(page: Page) -> Locator:
    """It is there while an answer is on its way."""
    return page.get_by_role("button", name="Stop answering")


def answer(page: Page, text: str) -> Locator:
    """An answer where it is read, not where it is said aloud."""
    return page.locator("turnstream-assistant-message").get_by_text(text)


_UNTIL = """async () => {
  const late = performance.now() + 15000;
  while (!(%s)) {
    if (performance.now() > late) throw new Error('waited in vain');
    await new Promise((done) => setTimeout(done, 10));
  }
}"""
_LISTEN_FOR_THE_END = """() => {
  const heard = ({ detail }) => (window.ended ||= detail.name === 'turn.end');
  window.ended = false;
  document.querySelector('turnstream-chat').addEventListener('chatkit.log', heard);
}"""


def until(page: Page, condition: str) -> None:
    """Wait for a condition, as JavaScript. Playwright's own way evaluates a string in the page,
    which the policy of our pages refuses.
    """
    page.evaluate(_UNTIL % condition)


@contextmanager
def answered(page: Page) -> Iterator[None]:
    """Wait, after the block, for the end of the answer to what is said in it."""
    page.evaluate(_LISTEN_FOR_THE_END)
    yield
    until(page, "window.ended")
    send_button(page).wait_for()
