"""A chat page whose server is the page itself: long threads and fast answers."""

import mimetypes
from pathlib import Path

from playwright.sync_api import Page, Route
from turnstream_gateway.ui import answers

_HERE = Path(__file__).parent
_BUILT = Path(answers.__file__).parent / "static"
_ORIGIN = "http://chat.localhost"
_PAGE = """<!doctype html><html lang="en"><head><title>try</title>
<link rel="stylesheet" href="/chat.css"><script type="module" src="/ui/turnstream-chat.js"></script>
<script type="module" src="/chat.js"></script></head>
<body><turnstream-chat></turnstream-chat></body></html>"""


def open_scripted(page: Page, query: str = "") -> None:
    """Open the page under the policy of our own pages. What it offers to a test is at its end."""
    page.route(f"{_ORIGIN}/**", _serve)
    page.goto(f"{_ORIGIN}/?{query}")
    page.locator("turnstream-composer").wait_for()


def wait(page: Page, condition: str) -> None:
    """Wait until an expression of the page is true."""
    page.evaluate(f"until(() => {condition})")


def _serve(route: Route) -> None:
    """No server is needed: the browser asks us instead of the network."""
    path = route.request.url.removeprefix(_ORIGIN).partition("?")[0]
    headers = {"Content-Security-Policy": answers.PAGE_POLICY}
    if path == "/":
        route.fulfill(body=_PAGE, content_type="text/html", headers=headers)
        return
    file = _BUILT / path.removeprefix("/ui/") if path.startswith("/ui/") else _HERE / path[1:]
    if not file.is_file():
        route.fulfill(status=404)
        return
    route.fulfill(path=file, content_type=mimetypes.guess_type(file)[0] or "text/plain")
