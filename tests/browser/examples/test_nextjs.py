"""The Next.js example: a browser holds an httpOnly cookie, and the gateway believes that server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page
from turnstream_devstack.stack import Stack

from tests.browser.examples import node_pages
from tests.browser.talk import answer, say, send_button, stop_button
from tests.conftest import PROXY_SECRET
from tests.support import files


@pytest.fixture(scope="module")
def nextjs(demo: Stack) -> Iterator[str]:
    """The address of the Next.js example, with the gateway behind it."""
    home = node_pages.install("nextjs")
    env = {
        "CHAT_URL": demo.gateway_urls[0],
        "PROXY_SECRET": PROXY_SECRET,
        "SESSION_SECRET": "a-secret-of-these-tests",
        "NEXT_TELEMETRY_DISABLED": "1",
    }
    node_pages.build(home, ".next/BUILD_ID", env)
    with node_pages.serve(home, "next/dist/bin/next", "start", env) as url:
        yield url


def test_nobody_chats_without_a_login(empty_page: Page, nextjs: str) -> None:
    """Whatever else a browser claims; and what is not for pages can't be reached at all."""
    ask = empty_page.request.post
    assert ask(f"{nextjs}/chat/chatkit", data={}, headers={"X-User-Id": "ann"}).status == 401
    forged = {"Cookie": "session=YW5u.forged"}
    assert ask(f"{nextjs}/chat/chatkit", data={}, headers=forged).status == 401
    assert empty_page.request.get(f"{nextjs}/chat/metrics").status == 404


def test_whoever_logs_in_chats_in_their_name(empty_page: Page, demo: Stack, nextjs: str) -> None:
    """The answer comes word by word, by a cookie that no script can read."""
    empty_page.goto(nextjs)
    empty_page.get_by_label("Your name").fill("Ann")
    empty_page.get_by_role("button", name="Log in").click()
    empty_page.get_by_text("Hello Ann").wait_for()
    assert empty_page.evaluate("document.cookie") == ""

    say(empty_page, "count to 600")
    answer(empty_page, "20").wait_for()
    stop_button(empty_page).click()
    send_button(empty_page).wait_for()

    threads = empty_page.request.post(
        f"{demo.gateway_urls[1]}/chatkit",
        data={"type": "threads.list", "params": {}},
        headers={"X-User-Id": "Ann"},
    )
    assert len(threads.json()["data"]) == 1


def test_links_of_the_gateway_lead_through_the_proxy(empty_page: Page, nextjs: str) -> None:
    """An uploaded picture is fetched from the page's own origin, below the proxy's prefix."""
    empty_page.request.post(f"{nextjs}/login", form={"user": "Bea"})
    empty_page.goto(nextjs)
    picture = FilePayload(name="red.png", mimeType="image/png", buffer=files.image("PNG"))
    with empty_page.expect_response("**/chat/attachments") as uploaded:
        empty_page.locator("input[type=file]").set_input_files(picture)
    attachment = uploaded.value.json()
    assert attachment["preview_url"].startswith(f"{nextjs}/chat/files/")
    assert empty_page.request.get(attachment["preview_url"]).ok
