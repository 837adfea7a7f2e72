"""A page with the element, and behind it a backend whose every answer a test writes itself."""

import json
from typing import Any

from playwright.sync_api import Page, Route
from turnstream_gateway.ui.answers import PAGE_POLICY

from tests.browser.items import THREAD, said_by_user

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>A canned thread</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="page.css">
    <script type="module" src="page.js"></script>
  </head>
  <body><main><h1>A canned thread</h1><turnstream-chat></turnstream-chat></main></body>
</html>"""
_STYLE = """
html, body, main { block-size: 100%; margin: 0; }
h1 { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; margin: 0; }
turnstream-chat { display: block; block-size: 100%; }
"""
_SCRIPT = """
import '/ui/turnstream-chat.js';
const chat = document.querySelector('turnstream-chat');
const options = %s;
chat.setOptions({ api: { url: '/canned/chatkit', domainKey: 'local' }, ...options });
"""


class Canned:
    """One thread, on an address of the gateway's own, under the policy of its demo page.

    What is in it may be changed at any time; the next request gets it.
    """

    def __init__(self, page: Page, gateway: str) -> None:
        self.thread: dict[str, Any] = dict(THREAD)
        self.items: list[dict[str, Any]] = []
        """Oldest first."""
        self.threads: list[dict[str, Any]] = [self.thread]
        """What the history lists."""
        self.events: list[dict[str, Any]] = []
        """What the next message is answered with, after the message itself."""
        self.refusal: tuple[int, dict[str, Any]] | None = None
        """A status and a problem in the place of every answer."""
        self._page = page
        self._options = "{}"
        self._address = f"{gateway}/canned"
        page.route(f"{self._address}/**", self._answer)

    def open(self, options: str = "{}", *, thread: bool = True) -> None:
        """Show the page. `options` are those of the element, as JavaScript."""
        initial = json.dumps(self.thread["id"] if thread else None)
        self._options = f"{{ initialThread: {initial}, ...{options} }}"
        self._page.goto(f"{self._address}/page.html")

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(self._address).partition("?")[0]
        match path:
            case "/page.html":
                policy = {"Content-Security-Policy": PAGE_POLICY}
                route.fulfill(body=_PAGE, content_type="text/html", headers=policy)
            case "/page.css":
                route.fulfill(body=_STYLE, content_type="text/css")
            case "/page.js":
                route.fulfill(body=_SCRIPT % self._options, content_type="text/javascript")
            case "/chatkit" if self.refusal:
                status, problem = self.refusal
                route.fulfill(status=status, json=problem)
            case "/chatkit":
                self._chatkit(route, route.request.post_data_json or {})
            case _:
                route.fulfill(json={})

    def _chatkit(self, route: Route, request: dict[str, Any]) -> None:
        match request["type"]:
            case "threads.list":
                route.fulfill(json={"data": self.threads, "has_more": False})
            case "items.list":
                route.fulfill(json={"data": self.items[::-1], "has_more": False})
            case "threads.get_by_id":
                items = {"data": self.items, "has_more": False}
                route.fulfill(json={**self.thread, "items": items})
            case "threads.create" | "threads.add_user_message":
                told = said_by_user(request["params"]["input"])
                self.items = [*self.items, told]
                created = {"type": "thread.created", "thread": {**self.thread, "items": _NO_ITEMS}}
                done = {"type": "thread.item.done", "item": told}
                _stream(route, [created, done, *self.events])
            case "threads.custom_action" | "threads.add_client_tool_output":
                _stream(route, self.events)
            case _:
                route.fulfill(json={})


_NO_ITEMS = {"data": [], "has_more": False}


def _stream(route: Route, events: list[dict[str, Any]]) -> None:
    frames = [f"data: {json.dumps(event)}\n\n" for event in events]
    route.fulfill(body="".join(frames), content_type="text/event-stream")
