"""A page that can be reloaded: its address remembers the thread of each of its elements."""

from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page

from tests.support.waiting import wait_until, wait_until_equal

T = TypeVar("T")

_HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>loading</title>
<body>BODY<script type="module">
import '/ui/turnstream-chat.js';
window.heard = [];
window.heed = (chat) => {
  for (const name of ['ready', 'error', 'thread.change', 'response.start', 'response.end'])
    chat.addEventListener(`chatkit.${name}`, ({ detail }) =>
      heard.push({ name, chat: chat.id, ...detail, error: detail?.error && String(detail.error) }));
  chat.addEventListener('chatkit.thread.change', ({ detail: { threadId } }) => {
    const address = new URL(location);
    if (threadId) address.searchParams.set(chat.id, threadId);
    else address.searchParams.delete(chat.id);
    history.replaceState(null, '', address);
  });
  return chat;
};
window.optionsOf = (chat) => ({
  api: { url: '/chatkit' },
  initialThread: new URLSearchParams(location.search).get(chat.id),
  ...OPTIONS,
});
for (const chat of document.querySelectorAll('turnstream-chat'))
  heed(chat).setOptions(optionsOf(chat));
document.title = 'ready';
</script>"""
ONE = '<turnstream-chat id="thread"></turnstream-chat>'

MESSAGES = "turnstream-user-message .words, turnstream-assistant-message turnstream-markdown"
"""The elements that hold the texts of messages."""
TEXTS = """(parts) => parts.map(({ shadowRoot, textContent }) => shadowRoot
  ? [...shadowRoot.children].map((block) => block.innerText).join(' ') : textContent)"""
"""What such elements show."""
PATTERN = "**/lasting.html*"
"""Where the page is found."""


def page_html(body: str = ONE, options: str = "{}") -> str:
    """The page's source."""
    return _HTML.replace("BODY", body).replace("OPTIONS", options)


def open_page(page: Page, gateway: str, *, body: str = ONE, options: str = "{}") -> None:
    """Show a page whose elements have these options (JavaScript) and remember their threads.

    Its address has the thread of each element under the element's id. `heard` holds the events.
    """
    html = page_html(body, options)
    page.route(PATTERN, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{gateway}/lasting.html")
    page.wait_for_function("document.title === 'ready'")


def until(page: Page, condition: Callable[[], T], seconds: float = 10) -> T:
    """The first true value of a condition; the page's routes are served meanwhile."""

    def asked() -> T:
        page.wait_for_timeout(20)
        return condition()

    return wait_until(asked, seconds)


def heard(page: Page, name: str) -> list[dict[str, Any]]:
    """The events of this name that the page was told of, oldest first."""
    events: list[dict[str, Any]] = page.evaluate("heard")
    return [event for event in events if event["name"] == name]


def messages(page: Page | Locator) -> list[str]:
    """The texts of all messages that are shown, in order, as words."""
    texts: list[str] = page.locator(MESSAGES).evaluate_all(TEXTS)
    return [" ".join(text.split()) for text in texts]


def expect_messages(page: Page | Locator, wanted: list[str]) -> None:
    """Wait until these are the texts of all messages that are shown: they are drawn when there is
    time for it.
    """
    wait_until_equal(lambda: messages(page), wanted)


def stored(page: Page, thread_id: str) -> list[str]:
    """The texts of all messages that the store has of a thread, in order, as words."""
    items = ask(page, "items.list", thread_id=thread_id, limit=100, order="asc")["data"]
    said = [item["content"] for item in items if item["type"].endswith("_message")]
    return [" ".join("".join(part["text"] for part in parts).split()) for parts in said]


def ask(page: Page, type: str, **params: Any) -> Any:
    """What the gateway answers to a request of the page's user."""
    return page.evaluate(_ASK, {"type": type, "params": params})


_ASK = """async (request) => {
  const headers = { 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(request) };
  return (await fetch('/chatkit', init)).json();
}"""
