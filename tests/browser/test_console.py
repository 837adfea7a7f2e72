"""The console: an operator finds a turn, sees what became of it, and acts; the audit tells it."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from turnstream_devstack.stack import Stack

from tests.browser.axe import found
from tests.browser.operators import begin, operator_key

ENDED = re.compile("failed|completed|cancelled|dead letter")


def make_dead_letter(stack: Stack, turn_id: str) -> None:
    """As if trying again might have helped. In a thread: Playwright holds the loop of this one."""

    async def mark() -> None:
        connection = await asyncpg.connect(stack.database_url.replace("+asyncpg", "", 1))
        await connection.execute("UPDATE turns SET dead = true WHERE id = $1", turn_id)
        await connection.close()

    with ThreadPoolExecutor(1) as other:
        other.submit(asyncio.run, mark()).result()


@pytest.fixture
def console(empty_page: Page, demo: Stack) -> Page:
    """The console, signed in by the keyboard alone."""
    empty_page.goto(f"{demo.gateway_urls[0]}/console")
    empty_page.get_by_label("Key").fill(operator_key(demo))
    empty_page.keyboard.press("Enter")
    expect(empty_page.get_by_role("heading", name="Turns under way")).to_be_visible()
    return empty_page


def press(page: Page, button: str, confirm: str) -> None:
    """Press a button, and say yes to its question."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=confirm, exact=True).click()


def audit(page: Page, action: str) -> str:
    """The newest line of the audit about an action."""
    page.get_by_role("link", name="Audit").click()
    page.get_by_label("What was done").select_option(action)
    line = page.get_by_role("table", name="Audit").get_by_role("row").nth(1)
    expect(line).to_contain_text(action)
    return line.inner_text()


def test_a_failed_turn_is_found_opened_requeued_and_run_again(console: Page, demo: Stack) -> None:
    """By its user; the requeued turn goes on and ends, and its request repeated is answered."""
    turn_id = begin(demo, "console-ann", "fail please")
    make_dead_letter(demo, turn_id)
    console.get_by_role("link", name="Turns", exact=True).click()
    console.get_by_label("State").select_option("failed")
    console.get_by_label("User").fill("console-ann")
    console.get_by_role("button", name="Search").click()
    console.get_by_role("table", name="Turns").get_by_role("link").first.click()
    expect(console.get_by_role("heading", name=turn_id)).to_be_visible()
    expect(console.get_by_role("table", name="Attempts").get_by_role("row")).to_have_count(2)
    assert found(console) == []

    press(console, "Requeue", "Requeue")
    expect(console.get_by_role("table", name="Attempts").get_by_role("row")).to_have_count(3)
    expect(console.locator(".title .badge")).to_have_text("failed")
    press(console, "Run again", "Run again")
    expect(console.get_by_role("heading", name=turn_id)).to_have_count(0)
    expect(console.locator(".title .badge")).to_have_text("completed")

    for action in ("turn.requeued", "turn.rerun"):
        assert "console-ann" in audit(console, action) and turn_id[-8:] in audit(console, action)


def test_a_running_turn_is_seen_and_cancelled(console: Page, demo: Stack) -> None:
    """The overview shows it as it begins; the audit says with which key it was stopped."""
    turn_id = begin(demo, "console-bob", "run a long task for 60 seconds", wait=False)
    line = console.get_by_role("table", name="Turns under way").get_by_role("row")
    mine = line.filter(has_text="console-bob")
    expect(mine).to_contain_text("running")
    expect(mine).to_contain_text(re.compile(r"1-\d+"))
    mine.get_by_role("link").click()

    press(console, "Cancel", "Cancel the turn")
    expect(console.locator(".title .badge")).to_have_text("cancelled")
    expect(console.get_by_role("list").filter(has_text="Turn ended")).to_be_visible()

    told = audit(console, "turn.cancelled")
    assert turn_id[-8:] in told and "key key_" in told


def test_what_a_user_said_is_shown_when_asked_for_and_is_text(console: Page, demo: Stack) -> None:
    """Markup in it stays what it is, and the audit tells of the look."""
    said = "<img src=x onerror=alert(1)><b>bold</b>"
    turn_id = begin(demo, "console-carol", said)
    console.goto(f"{demo.gateway_urls[0]}/console#/turns/{turn_id}")
    expect(console.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(console.get_by_text("onerror")).to_have_count(0)

    press(console, "Show what was said", "Show it")

    expect(console.get_by_text("onerror=alert(1)").first).to_be_visible()
    expect(console.locator("main img, main pre b")).to_have_count(0)
    assert "console-carol" in audit(console, "turn.read")


def test_a_key_is_made_shown_once_and_revoked(console: Page) -> None:
    """And the one that the page is signed in with closes it."""
    console.get_by_role("link", name="Keys").click()
    console.get_by_text("Make a key").click()
    console.get_by_label("What you call it").fill("shop")
    console.get_by_label("sessions:write").check()
    console.get_by_role("button", name="Make the key").click()
    secret = console.get_by_label("The key", exact=True).input_value()
    assert secret.startswith("tsk_")
    console.get_by_role("button", name="I have it").click()

    rows = console.get_by_role("table", name="Keys").get_by_role("row")
    made = rows.filter(has_text="shop")
    assert secret not in console.content()
    made.get_by_role("button").click()
    console.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(made).to_contain_text("revoked")

    rows.filter(has_text="yours").get_by_role("button").click()
    console.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(console.get_by_label("Key", exact=True)).to_be_visible()


def test_revoking_its_own_key_closes_the_page_where_the_gateway_has_not_heard_of_it(
    console: Page,
) -> None:
    """For a moment it lets requests with that key pass."""
    heard: list[APIResponse] = []

    def as_before(route: Route) -> None:
        heard[:] = heard or [route.fetch()]
        route.fulfill(response=heard[0])

    console.route("**/console/api/keys", as_before)
    console.get_by_role("link", name="Keys").click()
    rows = console.get_by_role("table", name="Keys").get_by_role("row")
    rows.filter(has_text="yours").get_by_role("button").click()
    console.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(console.get_by_label("Key", exact=True)).to_be_visible()
    assert heard


def test_every_page_is_usable_by_everybody(console: Page) -> None:
    """In the light, in the dark, and on a phone."""
    for size, scheme in (((1200, 800), "dark"), ((390, 790), "light")):
        console.set_viewport_size({"width": size[0], "height": size[1]})
        console.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # it is one of two
        for name in ("Overview", "Turns", "Keys", "Tenants", "Usage", "Audit"):
            console.get_by_role("link", name=name, exact=True).click()
            expect(console.get_by_text("Looking…")).to_have_count(0)
            assert found(console) == [], name
            width = console.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], f"{name} is too wide"
