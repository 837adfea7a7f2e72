"""The chat page is safe: nothing that a model, a user or a file is called comes alive in it."""

import pytest
from playwright.sync_api import BrowserContext, Page
from turnstream_devstack.stack import Stack
from turnstream_gateway.ui.answers import PAGE_POLICY

from tests.browser.canned import Canned
from tests.browser.items import THREAD, every_event, every_item
from tests.browser.talk import GALLERY, answered, say, until
from tests.browser.trouble import lasting_page
from tests.browser.trouble.inert import PAYLOADS, alive, poison_gallery, poisoned
from tests.support.browsers import troubles

_OPEN = """async ([thread, text]) => {
  const chat = document.querySelector('turnstream-chat');
  const ended = new Promise((done) => (chat.addEventListener('chatkit.response.end', done)));
  await chat.setThreadId(thread);
  await chat.sendUserMessage({ text });
  await ended;
  await chat.showHistory();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""
"""Opens a thread, gets an answer in it, and shows the list of all threads."""


@pytest.mark.parametrize("payloads", [PAYLOADS[:39], PAYLOADS[39:]], ids=["first", "second"])
def test_no_text_of_a_thread_comes_alive(
    context: BrowserContext, demo: Stack, payloads: list[str]
) -> None:
    """Whatever it says and wherever it stands: items, events, titles, names of files."""
    page = context.new_page()
    page.set_viewport_size({"width": 1000, "height": 8000})
    wrong = troubles(page)
    canned = Canned(page, demo.gateway_urls[0])
    canned.open(thread=False)
    for payload in payloads:
        canned.thread = {**THREAD, "title": payload}
        canned.threads = [canned.thread]
        canned.items = poisoned(every_item(), payload)
        canned.events = poisoned(every_event(), payload)
        page.evaluate(_OPEN, [THREAD["id"], payload])
        assert alive(page) == [], payload
    assert [line for line in wrong if "img-src" not in line] == []


def test_no_text_of_a_widget_comes_alive(context: BrowserContext, demo: Stack) -> None:
    """Every payload in every text of every node, with every property."""
    page = context.new_page()
    wrong = troubles(page)
    page.goto(f"{demo.gateway_urls[0]}{GALLERY}")
    page.locator("turnstream-widget").last.wait_for()
    for payload in PAYLOADS:
        poison_gallery(page, payload)
        assert alive(page) == [], payload
    assert [line for line in wrong if "img-src" not in line] == []


@pytest.mark.short
def test_a_thread_with_everything_is_drawn_under_the_strictest_policy(
    empty_page: Page, demo: Stack
) -> None:
    """Nothing of it is refused, and nothing is asked of another origin."""
    gateway = demo.gateway_urls[0]
    asked: list[str] = []
    empty_page.on("request", lambda request: asked.append(request.url))
    canned = Canned(empty_page, gateway)
    canned.items, canned.events = every_item(), every_event()
    canned.open()
    empty_page.locator("turnstream-widget button").first.wait_for()
    say(empty_page, "Go on")
    empty_page.get_by_text("The cat did it").first.wait_for()

    assert [url for url in asked if not url.startswith((gateway, "data:", "blob:"))] == []
    assert "chatkit" in "".join(asked)


def test_the_whole_tour_breaks_no_policy(page: Page) -> None:
    """Every demonstration that the start screen offers."""
    prompts = page.locator("turnstream-start li button")
    prompts.nth(19).wait_for()
    names = prompts.all_inner_texts()
    for name in names:
        if "long task" not in name:
            with answered(page):
                page.get_by_role("button", name=name, exact=True).click()
            page.get_by_role("button", name="New chat").click()


def test_the_pages_that_are_ours_have_the_strictest_policy(page: Page, demo: Stack) -> None:
    """The demo page, and the gallery of the widgets."""
    for path in ("/", GALLERY):
        answer = page.request.get(f"{demo.gateway_urls[0]}{path}")
        assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY


@pytest.mark.parametrize(
    "careless",
    [
        "document.body.innerHTML = '<b>x</b>'",
        "document.body.setAttribute('style', 'color: red')",
        "document.body.append(Object.assign(new Image(), { src: 'https://example.com/a.png' }))",
        "fetch('https://example.com/').catch(() => {})",
        "new Function('return 1')",
    ],
)
def test_what_the_policy_refuses_is_noticed(
    context: BrowserContext, demo: Stack, careless: str
) -> None:
    """The tests above would fail: each of these is seen."""
    page = context.new_page()
    wrong = troubles(page)
    noticed = "addEventListener('securitypolicyviolation', () => (window.noticed = true))"
    Canned(page, demo.gateway_urls[0]).open(f"(() => {{ {noticed}; {careless}; return {{}}; }})()")
    until(page, "window.noticed")
    lasting_page.until(page, lambda: wrong)
