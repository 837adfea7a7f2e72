"""A page of a customer's own: one element with options of its choice, under our strict policy."""

from functools import partial

from playwright.sync_api import Page, Route
from turnstream_gateway.ui.answers import PAGE_POLICY

_HTML = """<!doctype html><html lang="en"><head><title>Try</title>
<link rel="stylesheet" href="/try.css"><script type="module" src="/try.js"></script></head>
<body><main><turnstream-chat id="chat"></turnstream-chat></main></body></html>"""
_CSS = "html, body, main { margin: 0; block-size: 100% }"
_SCRIPT = """import '/ui/turnstream-chat.js';
const chat = document.getElementById('chat');
window.heard = [];
const names = ['ready', 'error', 'effect', 'deeplink', 'response.start', 'response.end',
  'history.open', 'history.close', 'thread.change', 'thread.load.start', 'thread.load.end',
  'tool.change'];
const api = { url: '/chatkit', domainKey: 'none',
  uploadStrategy: { type: 'direct', uploadUrl: '/attachments' } };
for (const name of names)
  chat.addEventListener(`chatkit.${name}`, ({ detail }) =>
    window.heard.push([name, detail?.error?.message ?? detail]));
const options = (%s);
chat.setOptions({ api, ...options });
"""


def open_own_page(page: Page, gateway: str, options: str = "{}") -> None:
    """Open a page whose element has these options, an expression of JavaScript.

    What is not given is the gateway's `api`. The element is `chat`; what it tells is in
    `window.heard`, as pairs of name and detail.
    """
    files = {
        "html": (_HTML, "text/html"),
        "css": (_CSS, "text/css"),
        "js": (_SCRIPT % options, "text/javascript"),
    }
    for ending, (body, kind) in files.items():
        page.route(f"**/try.{ending}", partial(_answer, body, kind))
    page.goto(f"{gateway}/try.html")


def _answer(body: str, kind: str, route: Route) -> None:
    policy = {"Content-Security-Policy": PAGE_POLICY}
    route.fulfill(body=body, content_type=kind, headers=policy)
