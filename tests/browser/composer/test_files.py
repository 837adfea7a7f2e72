"""Files in a message: chosen, pasted or dropped, sent by either strategy, watched, taken back."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect
from turnstream_devstack.stack import Stack

from tests.browser.own_page import open_own_page
from tests.browser.talk import message_field, send_button

DIRECT = "{ composer: { attachments: { enabled: true } } }"
TWO_PHASES = """{
  api: { url: '/chatkit', domainKey: 'none', uploadStrategy: { type: 'two_phase' } },
  composer: { attachments: { enabled: true } },
}"""
LIMITED = """{ composer: { attachments: { enabled: true, maxCount: 2,
  maxSize: { 'text/*': 20, '*': 1000 }, accept: { 'text/plain': ['.txt'], 'image/png': [] } } } }"""
GIVE = """(node, [how, types]) => {
  const data = new DataTransfer();
  for (const type of types) {
    if (type === 'text/plain') data.setData(type, 'a cell');
    else data.items.add(new File(['remember the milk'], 'notes.txt', { type: 'text/plain' }));
  }
  const usual = { bubbles: true, composed: true, cancelable: true };
  const event = how === 'paste'
    ? new ClipboardEvent(how, { clipboardData: data, ...usual })
    : new DragEvent(how, { dataTransfer: data, ...usual });
  return !node.dispatchEvent(event);
}"""


def text_file(name: str = "notes.txt", text: str = "remember the milk") -> FilePayload:
    """A file to choose."""
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def paste(page: Page, *types: str) -> bool:
    """Paste into the message's field; whether the element took it from the browser."""
    return bool(message_field(page).evaluate(GIVE, ["paste", types]))


def drag(page: Page, how: str) -> bool:
    """Hold a file over the start screen, or drop it; whether the element took it."""
    return bool(page.locator("turnstream-start").evaluate(GIVE, [how, ["file"]]))


def choose(page: Page, *files: FilePayload) -> None:
    """Choose files by the paper clip."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(files)


def sent_attachments(page: Page) -> list[str]:
    """Send the message; the ids of its attachments."""
    with page.expect_request(lambda each: "threads.create" in (each.post_data or "")) as request:
        message_field(page).press("Enter")
    found: dict[str, Any] = json.loads(request.value.post_data or "")["params"]["input"]
    return list(found["attachments"])


@pytest.mark.parametrize("options", [DIRECT, TWO_PHASES], ids=["direct", "two phases"])
def test_a_file_is_uploaded_and_goes_with_the_message(
    empty_page: Page, demo: Stack, options: str
) -> None:
    """By both strategies; the message shows it by its name."""
    open_own_page(empty_page, demo.gateway_urls[0], options)
    choose(empty_page, text_file())
    expect(empty_page.get_by_role("listitem").filter(has_text="notes.txt")).to_be_visible()
    expect(send_button(empty_page)).to_have_attribute("aria-disabled", "false")
    assert len(sent_attachments(empty_page)) == 1
    shown = empty_page.locator("turnstream-user-message").get_by_text("notes.txt")
    expect(shown).to_be_visible()


@pytest.mark.parametrize("options", [DIRECT, TWO_PHASES], ids=["direct", "two phases"])
def test_a_long_upload_shows_how_far_it_is_and_can_be_taken_back(
    empty_page: Page, demo: Stack, options: str
) -> None:
    """Taken back, it is sent no further, and the message can go without it."""
    open_own_page(empty_page, demo.gateway_urls[0], options)
    line = empty_page.context.new_cdp_session(empty_page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    line.send("Network.emulateNetworkConditions", slow)
    choose(empty_page, text_file(text="milk " * 200_000))
    bar = empty_page.get_by_role("progressbar", name="Uploading notes.txt")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    message_field(empty_page).fill("without it")
    expect(send_button(empty_page)).to_have_attribute("aria-disabled", "true")
    with empty_page.expect_event("requestfailed"):
        empty_page.get_by_role("button", name="Remove notes.txt").click()
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    expect(send_button(empty_page)).to_have_attribute("aria-disabled", "false")
    assert sent_attachments(empty_page) == []


def test_files_are_pasted_and_dropped_anywhere_on_the_chat(empty_page: Page, demo: Stack) -> None:
    """While they are held over it, the chat says so. Text with a picture of it stays text."""
    open_own_page(empty_page, demo.gateway_urls[0], DIRECT)
    message_field(empty_page).focus()
    files = empty_page.get_by_role("listitem").filter(has_text="notes.txt")
    assert drag(empty_page, "dragover")
    expect(empty_page.get_by_text("Drop files here")).to_be_visible()
    assert drag(empty_page, "drop")
    expect(empty_page.get_by_text("Drop files here")).to_have_count(0)
    expect(files).to_have_count(1)
    assert paste(empty_page, "file")
    expect(files).to_have_count(2)
    assert not paste(empty_page, "text/plain", "file")
    expect(files).to_have_count(2)


def test_where_no_files_are_taken_a_drop_is_the_page_s_own(empty_page: Page, demo: Stack) -> None:
    """The element neither shows a place for them nor keeps the event."""
    open_own_page(empty_page, demo.gateway_urls[0])
    message_field(empty_page).focus()
    assert not drag(empty_page, "dragover")
    assert not paste(empty_page, "file")


def test_each_type_has_its_limit_and_a_refusal_says_which(empty_page: Page, demo: Stack) -> None:
    """What is refused here is never sent, and what is too many is said once."""
    open_own_page(empty_page, demo.gateway_urls[0], LIMITED)
    choose(empty_page, text_file("big.txt", "x" * 21))
    alert = empty_page.get_by_role("alert")
    expect(alert).to_have_text("big.txt is too large. The limit is 20 byte.")
    choose(empty_page, {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    expect(alert).to_have_text("a.pdf: this file type isn’t supported.")
    choose(empty_page, *[text_file(f"{n}.txt") for n in range(4)])
    expect(alert).to_have_text("You can attach at most 2 files.")
    expect(send_button(empty_page)).to_have_attribute("aria-disabled", "false")
    assert len(sent_attachments(empty_page)) == 2


def test_an_upload_that_fails_can_be_tried_again(empty_page: Page, demo: Stack) -> None:
    """A network that fails once is no reason to choose the file again."""
    open_own_page(empty_page, demo.gateway_urls[0], DIRECT)
    failed: list[Route] = []

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
        else:
            failed.append(route)
            route.abort()

    empty_page.route("**/attachments", fail_once)
    choose(empty_page, text_file())
    expect(empty_page.get_by_role("alert")).to_have_text("notes.txt couldn’t be uploaded.")
    empty_page.get_by_role("button", name="Try again: notes.txt").click()
    expect(empty_page.get_by_role("alert")).to_have_count(0)
    expect(send_button(empty_page)).to_have_attribute("aria-disabled", "false")
    assert len(sent_attachments(empty_page)) == 1
