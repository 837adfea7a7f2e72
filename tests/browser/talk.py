"""What a person does on a chat page, by the names that a screen reader says."""

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
