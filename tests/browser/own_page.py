"""A page of a customer's own: one element with options of its choice, under our strict policy."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from playwright.sync_api import Page, Route
from turnstream_gateway.ui.answers import PAGE_POLICY

from tests.browser.talk import say
from tests.support.waiting import wait_until_equal

_HTML = """<!doctype html><html lang="en"><head><title>Try</title>
<link rel="stylesheet" href="/try.css"><script type="module" src="/try.js"></script></head>
<body><main><h1>A chat</h1><turnstream-chat id="chat"></turnstream-chat></main></body></html>"""
_CSS = """html, body, main { margin: 0; block-size: 100% }
h1 { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; margin: 0 }"""
_SCRIPT = """import '/ui/turnstream-chat.js';
window.chat = document.getElementById('chat');
window.heard = [];
window.called = [];
window.call = (name, ...given) => void called.push([name, ...given]);
const names = ['ready', 'error', 'effect', 'deeplink', 'response.start', 'response.end',
  'history.open', 'history.close', 'thread.change', 'thread.load.start', 'thread.load.end',
  'tool.change'];
window.api = { url: '/chatkit', domainKey: 'none',
  uploadStrategy: { type: 'direct', uploadUrl: '/attachments' } };
for (const name of names)
  chat.addEventListener(`chatkit.${name}`, ({ detail }) =>
    window.heard.push([name, detail?.error?.message ?? detail]));
window.set = (options) => chat.setOptions({ api, ...options });
set(%s);
"""


def open_own_page(
    page: Page, gateway: str, options: str = "{}", policy: str | None = PAGE_POLICY
) -> None:
    """Open a page whose element has these options, an expression of JavaScript.

    What is not given is the gateway's `api`. The element is `chat`; what it tells is in
    `window.heard`, as pairs of name and detail. `set` gives it other options, and what a callback
    gives to `call` is in `window.called`.
    """
    files = {
        "html": (_HTML, "text/html"),
        "css": (_CSS, "text/css"),
        "js": (_SCRIPT % options, "text/javascript"),
    }
    for ending, (body, kind) in files.items():
        page.unroute(f"**/try.{ending}")
        page.route(f"**/try.{ending}", partial(_answer, body, kind, policy))
    page.goto(f"{gateway}/try.html")
    wait_for_event(page, "ready")


def _answer(body: str, kind: str, policy: str | None, route: Route) -> None:
    headers = {"Content-Security-Policy": policy} if policy else {}
    route.fulfill(body=body, content_type=kind, headers=headers)


def events(page: Page, *names: str) -> list[list[Any]]:
    """What the element told so far, in order; of these names only, if there are any."""
    told: list[list[Any]] = page.evaluate("heard")
    return [each for each in told if not names or each[0] in names]


def called(page: Page) -> list[list[Any]]:
    """What the page's callbacks were given so far."""
    given: list[list[Any]] = page.evaluate("called")
    return given


def expect_events(page: Page, wanted: list[list[Any]], *names: str) -> None:
    """Wait until the element told exactly this, in this order; of these names only, if any."""
    wait_until_equal(lambda: events(page, *names), wanted)


def expect_called(page: Page, wanted: list[list[Any]]) -> None:
    """Wait until the page's callbacks were given exactly this, in this order."""
    wait_until_equal(lambda: called(page), wanted)


def wait_for_event(page: Page, name: str, times: int = 1) -> Any:
    """The detail of an event, as soon as it came so often."""
    page.wait_for_function(
        "([name, times]) => window.heard?.filter((each) => each[0] === name).length >= times",
        arg=[name, times],
    )
    return events(page, name)[times - 1][1]


@contextmanager
def sent(page: Page, kind: str) -> Iterator[dict[str, Any]]:
    """The `params` of the request of this type that the block makes the element send."""
    params: dict[str, Any] = {}
    with page.expect_request(lambda each: f'"type":"{kind}"' in (each.post_data or "")) as request:
        yield params
    params.update(json.loads(request.value.post_data or "{}")["params"])


def talk(page: Page, text: str) -> None:
    """Say something, and wait for the end of the answer."""
    before = len(events(page, "response.end"))
    say(page, text)
    wait_for_event(page, "response.end", before + 1)
