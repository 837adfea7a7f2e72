"""The chat page in a real browser: no message and no answer is lost, whatever happens to it."""

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from turnstream_devstack.stack import Stack

from tests.browser.talk import answer, say, send_button, stop_button
from tests.browser.trouble.lasting_page import (
    ask,
    expect_messages,
    heard,
    open_page,
    stored,
    until,
)
from tests.conftest import NewStack
from tests.support.network.line import line_to
from tests.support.system.successors import is_replaced

LONG = "run a long task for 2 seconds"
ITS_ANSWER = "The task took 2 seconds."
COUNT = "count to 400"
OFFLINE = "Connection lost."


@pytest.fixture
def own(empty_page: Page, demo: Stack) -> Page:
    """A page of our own, which can be reloaded, and remembers its thread."""
    open_page(empty_page, demo.gateway_urls[0])
    return empty_page


def thread_of(page: Page, name: str = "thread") -> str:
    """The thread that a page of our own shows, once it is known."""
    page.wait_for_url(f"**{name}=*")
    thread_id: str = page.evaluate("(name) => new URLSearchParams(location.search).get(name)", name)
    return thread_id


def assert_shown_as_stored(page: Page, thread_id: str) -> list[str]:
    """Nothing is on its way any more, and the page shows what the store has; these texts."""
    send_button(page).wait_for()
    kept = stored(page, thread_id)
    expect_messages(page, kept)
    return kept


@pytest.mark.short
def test_an_answer_goes_on_after_a_reload_and_the_death_of_its_gateway(
    page: Page, demo: Stack
) -> None:
    """The page comes back to the turn by its position, and the message was sent once."""
    say(page, LONG)
    page.wait_for_url("**/?thread=*")
    page.reload()
    stop_button(page).wait_for()
    demo.service("gateway-1").kill()

    answer(page, ITS_ANSWER).wait_for()
    page.reload()
    answer(page, ITS_ANSWER).wait_for()
    expect(page.locator("turnstream-item")).to_have_count(2)


@pytest.mark.short
def test_a_message_that_nobody_answered_is_sent_once_after_a_reload(own: Page) -> None:
    """The server took it, and the page was left before it heard so: its key makes it one."""
    taken: list[int] = []

    def lost(route: Route) -> None:
        taken.append(route.fetch().status)
        route.abort()

    own.route("**/chatkit", lost)
    say(own, "count to 20")
    until(own, lambda: taken)
    own.unroute("**/chatkit")
    own.reload()

    answer(own, "20").wait_for()
    kept = assert_shown_as_stored(own, thread_of(own))
    assert [len(kept), kept[0]] == [2, "count to 20"]


def test_a_message_that_is_written_offline_is_sent_when_the_network_is_back(
    own: Page, context: BrowserContext
) -> None:
    """It is shown at once, with a line that says what it waits for."""
    context.set_offline(True)
    say(own, "count to 20")
    own.get_by_text(OFFLINE).wait_for()
    expect_messages(own, ["count to 20"])

    context.set_offline(False)
    answer(own, "20").wait_for()
    expect(own.get_by_text(OFFLINE)).to_have_count(0)
    assert len(assert_shown_as_stored(own, thread_of(own))) == 2


def test_an_answer_goes_on_when_the_network_was_away(own: Page, context: BrowserContext) -> None:
    """What was written meanwhile is read when the network is back, word by word as before."""
    say(own, "count to 1000")
    answer(own, "50").wait_for()
    context.set_offline(True)
    own.get_by_text(OFFLINE).wait_for()
    context.set_offline(False)
    answer(own, "1000").wait_for()
    assert_shown_as_stored(own, thread_of(own))


@pytest.fixture
def patient(new_stack: NewStack) -> Iterator[Stack]:
    """A system whose gateway keeps idle connections for long, as behind an ingress."""
    env = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "DEMO_TOKEN_DELAY": "5ms"}
    with new_stack("patient", {**env, "KEEP_ALIVE": "75s"}) as stack:
        yield stack


def test_a_page_that_slept_does_not_trust_the_connections_that_it_had(
    empty_page: Page, patient: Stack
) -> None:
    """They look open and are dead, and the browser would ask on each of them. The clock says that
    the page slept: it comes back, and gives up early on those that do not answer.
    """
    with line_to(patient.gateway_urls[0]) as line:
        empty_page.clock.install()
        open_page(empty_page, line.url)
        say(empty_page, COUNT)
        answer(empty_page, "20").wait_for()
        line.silence()
        empty_page.clock.fast_forward(60_000)
        answer(empty_page, "400").wait_for(timeout=40_000)
        assert_shown_as_stored(empty_page, thread_of(empty_page))


def test_a_line_that_is_cut_again_and_again_loses_nothing(empty_page: Page, demo: Stack) -> None:
    """The page comes back as fast as the first time: it waits longer for the dead only."""
    with line_to(demo.gateway_urls[0]) as line:
        open_page(empty_page, line.url)
        say(empty_page, "count to 800")
        for number in (50, 150, 250, 350, 450, 550):
            answer(empty_page, str(number)).wait_for(timeout=3_000)
            line.cut()
        answer(empty_page, "800").wait_for()
        assert_shown_as_stored(empty_page, thread_of(empty_page))


def test_a_deploy_goes_unnoticed(own: Page, demo: Stack) -> None:
    """Each kind of process is told to end and comes back, one after the other."""
    say(own, "count to 1000")
    answer(own, "20").wait_for()
    for name in ("gateway-1", "agent-worker-1", "store-1"):
        service = demo.service(name)
        pid = service.pid
        service.terminate()
        until(own, partial(is_replaced, service, pid), 60)
    answer(own, "1000").wait_for(timeout=30_000)
    assert_shown_as_stored(own, thread_of(own))
    assert heard(own, "error") == []


def test_a_turn_that_is_told_anew_takes_the_place_of_what_was_shown(
    empty_page: Page, demo: Stack
) -> None:
    """A marked restart: what came of the turn is dropped, all else stays."""

    def elsewhere(route: Route) -> None:
        empty_page.unroute("**/turns/*/events")
        route.continue_(headers={**route.request.headers, "last-event-id": "7-1"})

    with line_to(demo.gateway_urls[0]) as line:
        open_page(empty_page, line.url)
        say(empty_page, "count to 10")
        answer(empty_page, "10").wait_for()
        send_button(empty_page).wait_for()
        empty_page.route("**/turns/*/events", elsewhere)
        say(empty_page, COUNT)
        answer(empty_page, "50").wait_for()
        line.cut()
        answer(empty_page, "400").wait_for()
        assert len(assert_shown_as_stored(empty_page, thread_of(empty_page))) == 4


def test_a_second_tab_sees_the_answer_live_and_can_stop_it(
    page: Page, context: BrowserContext
) -> None:
    """Stop is a request of its own: it works from any page that shows the thread."""
    say(page, "run a long task for 30 seconds")
    page.wait_for_url("**/?thread=*")
    second = context.new_page()
    second.goto(page.url)
    stop_button(second).click()

    for each in (second, page):
        send_button(each).wait_for()


def test_a_second_tab_sees_every_answer_without_being_asked(
    own: Page, context: BrowserContext, demo: Stack
) -> None:
    """The first tab says that something runs, each time."""
    say(own, "count to 10")
    thread_id = thread_of(own)
    second = context.new_page()
    open_page(second, f"{demo.gateway_urls[1]}")
    second.goto(own.url)
    answer(second, "10").wait_for()
    for number in (20, 30):
        send_button(own).wait_for()
        say(own, f"count to {number}")
        answer(second, str(number)).last.wait_for()
    assert len(assert_shown_as_stored(second, thread_id)) == 6


def test_an_answer_can_be_stopped_after_a_reload(own: Page) -> None:
    """The turn is found again by its thread."""
    say(own, "run a long task for 30 seconds")
    thread_of(own)
    own.reload()
    stop_button(own).click()
    send_button(own).wait_for()


def test_a_stop_that_meets_a_dead_gateway_is_told_again(own: Page, demo: Stack) -> None:
    """It counts when the gateway is back, without another press."""
    say(own, "run a long task for 60 seconds")
    thread_of(own)
    gateway = demo.service("gateway-1")
    gateway.kill(hold=True)
    stop_button(own).click()
    gateway.start()
    send_button(own).wait_for()


def test_a_message_is_sent_though_its_thread_is_left_at_once(own: Page) -> None:
    """Nobody had taken it yet when the user went on to a new thread."""
    held: list[Route] = []
    own.route("**/chatkit", lambda route: held.append(route))
    say(own, "count to 20")
    until(own, lambda: held)
    own.unroute("**/chatkit")
    own.get_by_role("button", name="New chat").click()
    expect(own.locator("turnstream-user-message")).to_have_count(0)
    held[0].continue_()

    threads = until(own, lambda: ask(own, "threads.list")["data"])
    own.goto(f"{own.url}?thread={threads[0]['id']}")
    answer(own, "20").wait_for()
    assert len(assert_shown_as_stored(own, threads[0]["id"])) == 2


def test_a_message_that_was_refused_stays_with_its_button(own: Page) -> None:
    """It can be sent again, also when the page was away in between."""
    own.route("**/chatkit", lambda route: route.fulfill(status=422, json={"code": "unprocessable"}))
    say(own, "count to 20")
    retry = own.get_by_role("button", name="Try again")
    retry.wait_for()
    own.unroute("**/chatkit")
    own.evaluate("document.getElementById('thread').fetchUpdates()")
    expect_messages(own, ["count to 20"])
    retry.click()
    answer(own, "20").wait_for()
    assert len(assert_shown_as_stored(own, thread_of(own))) == 2


def test_an_idle_thread_prints_nothing_on_the_console(own: Page) -> None:
    """The page asks what runs in a way to which `nothing` is a good answer."""
    say(own, "count to 10")
    answer(own, "10").wait_for()
    send_button(own).wait_for()
    lines: list[str] = []
    own.on("console", lambda line: lines.append(line.text))
    own.reload()
    answer(own, "10").wait_for()
    assert lines == []


def test_an_answer_that_failed_says_so_after_a_reload_too(empty_page: Page, gateway: str) -> None:
    """With its Retry, if it has one; what is answered after it makes it past."""
    page = empty_page
    open_page(page, gateway)
    failed = page.get_by_role("alert").filter(has_text="The cat is on the keyboard.")
    retry = page.get_by_role("button", name="Try again")
    say(page, "fail with words: retry")
    retry.wait_for()
    thread_of(page)
    page.reload()
    expect(failed).to_have_count(1)
    retry.click()
    answer(page, "so far").wait_for()
    retry.wait_for()
    page.reload()
    retry.wait_for()
    say(page, "fail with words")
    expect(failed).to_have_count(1)
    expect(retry).to_have_count(0)
    page.reload()
    expect(failed).to_have_count(1)
    expect(retry).to_have_count(0)
    say(page, "hello")
    answer(page, "Hello to you").wait_for()
    expect(failed).to_have_count(0)
    page.reload()
    answer(page, "Hello to you").wait_for()
    send_button(page).wait_for()
    expect(failed).to_have_count(0)


@pytest.mark.short
def test_a_widget_and_a_workflow_are_drawn_under_the_strictest_policy(page: Page) -> None:
    """Nothing of the tour is refused by the page's Content-Security-Policy."""
    say(page, "show the demo workflow")
    page.locator("turnstream-workflow").wait_for()
    page.locator("turnstream-assistant-message").get_by_text("I looked for").wait_for()
    say(page, "weather in Oslo")
    page.locator("turnstream-widget").get_by_text("Oslo").first.wait_for()
