"""One browser for all tests, and pages that say at their end whether anything went wrong there."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from turnstream_devstack.stack import Stack

from tests.support.browsers import arguments, chromium, troubles

HERE = Path(__file__).parent
_users = count(1)
TIMEOUT = 15_000
"""Milliseconds until something should be there, on a machine that does other work too."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Part of pytest: leave out what has no browser, and what only the whole suite runs."""
    without = chromium() is None
    reason = "needs Chromium, Chrome or Edge on PATH, or CHROMIUM=<program>"
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        ours = item.path.is_relative_to(HERE)
        if ours and without:
            item.add_marker(pytest.mark.skip(reason=reason))
        short = config.getoption("--whole-browser") or item.get_closest_marker("short")
        (left if ours and not short else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all these tests. It ends with them: as long as it runs, Playwright holds an
    event loop in this thread, and no asynchronous test could run.
    """
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of a user of its own, who speaks English."""
    user = {"X-User-Id": f"browser-{next(_users)}"}
    with browser.new_context(locale="en-US", extra_http_headers=user) as context:
        context.set_default_timeout(TIMEOUT)
        yield context


@pytest.fixture
def empty_page(context: BrowserContext) -> Iterator[Page]:
    """A page that shows nothing yet. At its end it has thrown nothing, and no policy refused it
    anything.
    """
    page = context.new_page()
    wrong = troubles(page)
    yield page
    assert wrong == []


@pytest.fixture
def page(empty_page: Page, demo: Stack) -> Page:
    """The demo page, in English."""
    empty_page.goto(f"{demo.gateway_urls[0]}/")
    return empty_page


@pytest.fixture
def gateway(scripted_stack: Stack) -> str:
    """The gateway before the scripted server."""
    return scripted_stack.gateway_urls[0]
