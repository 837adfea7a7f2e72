"""A chat page in a real browser, and a user who looks at it and presses reload."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from playwright.async_api import Error, Page, async_playwright

from tests.browser.trouble.lasting_page import MESSAGES, PATTERN, TEXTS, page_html
from tests.chaos.world import TIMEOUT
from tests.support.browsers import arguments, chromium
from tests.support.waiting import wait_until_async

LOAD = 5_000
"""Milliseconds for a page to load, before the user presses reload again."""


class ChatPage:
    """One tab that remembers its thread in its address."""

    def __init__(self, page: Page, gateway: str) -> None:
        self._page = page
        self._url = f"{gateway}/lasting.html"

    async def load(self) -> None:
        """Show the page, or show it again; once more when the gateway is away."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    shown = self._page.url if self._url in self._page.url else self._url
                    await self._page.goto(shown, timeout=LOAD)
                    await self._page.wait_for_function("document.title === 'ready'", timeout=LOAD)
                    return
                except Error:
                    await asyncio.sleep(0.2)  # a person is slower still

    async def say(self, text: str) -> None:
        """Send a message."""
        field = self._page.get_by_role("textbox", name="Message")
        await field.fill(text)
        await field.press("Enter")

    async def network(self, there: bool) -> None:
        """Take the network away, or give it back."""
        await self._page.context.set_offline(not there)

    async def thread_id(self) -> str:
        """The thread that is shown, once there is one."""

        async def known() -> str | None:
            read = "new URLSearchParams(location.search).get('thread')"
            return str(await self._page.evaluate(read) or "") or None

        thread_id = await wait_until_async(known, TIMEOUT, "the page knows its thread")
        assert thread_id
        return thread_id

    @property
    async def texts(self) -> list[str]:
        """The texts of all messages that are shown, once no answer is on its way."""
        send = self._page.get_by_role("button", name="Send message")
        await send.wait_for(timeout=TIMEOUT * 1000)
        texts: list[str] = await self._page.locator(MESSAGES).evaluate_all(TEXTS)
        return [" ".join(text.split()) for text in texts]


@asynccontextmanager
async def a_chat_page(gateway: str, headers: Mapping[str, str]) -> AsyncIterator[ChatPage]:
    """A browser with one tab, of the user whose headers these are."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=arguments())
        context = await browser.new_context(locale="en-US", extra_http_headers=dict(headers))
        page = await context.new_page()
        html = page_html()
        await page.route(PATTERN, lambda route: route.fulfill(body=html, content_type="text/html"))
        try:
            yield ChatPage(page, gateway)
        finally:
            await browser.close()
