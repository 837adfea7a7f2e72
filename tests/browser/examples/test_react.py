"""The real @openai/chatkit-react drives our element, registered under the name that it expects."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route
from turnstream_devstack.stack import Stack

from tests.browser.examples import node_pages
from tests.browser.talk import answer, say, send_button

EVERY_METHOD = Path(__file__).parent / "react_page"


@pytest.fixture(scope="module")
def home() -> Path:
    """The React example with its packages."""
    return node_pages.install("react")


@pytest.fixture(scope="module")
def react(demo: Stack, home: Path) -> Iterator[str]:
    """The address of the React example, with the gateway behind it."""
    node_pages.build(home, "dist/index.html")
    gateway = {"CHAT_URL": demo.gateway_urls[0]}
    with node_pages.serve(home, "vite/bin/vite.js", "preview", gateway) as url:
        yield url


@pytest.fixture(scope="module")
def built_page(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of every method, built with the example's packages: a module finds them above it."""
    source = home / "node_modules/.every-method"
    shutil.copytree(EVERY_METHOD, source, dirs_exist_ok=True)
    built = tmp_path_factory.mktemp("react")
    asked = [
        "exec",
        "vite",
        "--",
        "build",
        str(source),
        "--outDir",
        str(built),
        "--base",
        "/built/",
    ]
    done = node_pages.npm(home, *asked)
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture
def hook(empty_page: Page, demo: Stack, built_page: Path) -> Page:
    """A page with the hook's methods as `kit`, and what its handlers heard as `heard`."""

    def serve(route: Route) -> None:
        route.fulfill(path=built_page / route.request.url.partition("/built/")[2])

    empty_page.route("**/built/**", serve)
    empty_page.goto(f"{demo.gateway_urls[0]}/built/index.html")
    empty_page.get_by_text("From React").wait_for()
    return empty_page


def hear(page: Page, name: str) -> Any:
    """Wait until an event was heard; what the newest of its name said."""
    heard = "(name) => heard.findLast((each) => each[0] === name)"
    page.wait_for_function(heard, arg=name)
    return page.evaluate(heard, name)[1]


def asks(wanted: str) -> Callable[[Request], bool]:
    """Whether a request is of a type of ChatKit's."""
    return lambda each: (each.post_data_json or {}).get("type") == wanted


def test_the_example_sets_options_and_hears_events(empty_page: Page, react: str) -> None:
    """Options, a client tool that changes them, and the beginning and end of an answer."""
    empty_page.goto(react)
    empty_page.get_by_text("How can we help?").wait_for()
    status = empty_page.get_by_role("status").get_by_text
    say(empty_page, "run a long task for 1 second")
    status("answering").wait_for()
    answer(empty_page, "The task took 1 second").wait_for()
    status("ready for a question").wait_for()

    say(empty_page, "dark theme please")
    empty_page.wait_for_function(
        "getComputedStyle(document.querySelector('openai-chatkit').shadowRoot"
        ".querySelector('.root')).colorScheme === 'dark'"
    )
    send_button(empty_page).wait_for()


def test_the_example_drives_the_element(empty_page: Page, react: str) -> None:
    """A message from a button of the page, into a new thread; the history from another."""
    empty_page.goto(react)
    empty_page.get_by_text("How can we help?").wait_for()
    empty_page.get_by_role("button", name="What can you do?").click()
    empty_page.locator("turnstream-assistant-message").first.wait_for()
    send_button(empty_page).wait_for()
    empty_page.get_by_role("button", name="My conversations").click()
    empty_page.locator("turnstream-history").get_by_role("listitem").first.wait_for()


def test_every_method_of_the_hook_works_and_its_handlers_hear(hook: Page) -> None:
    """In React's strict mode, which takes every element out and puts it back."""
    hear(hook, "Ready")
    hook.evaluate("kit.sendUserMessage({ text: 'send a client effect' })")
    thread = hear(hook, "ThreadChange")["threadId"]
    hear(hook, "ResponseStart")
    hear(hook, "Effect")
    hear(hook, "ResponseEnd")
    send_button(hook).wait_for()

    hook.evaluate("kit.setComposerValue({ text: 'count to 5', selectedToolId: 'get_weather' })")
    assert hear(hook, "ToolChange") == {"toolId": "get_weather"}
    hook.evaluate("kit.focusComposer()")
    hook.keyboard.press("Enter")
    hook.locator("turnstream-user-message").get_by_text("count to 5").wait_for()
    send_button(hook).wait_for()

    hook.evaluate("kit.showHistory()")
    hear(hook, "HistoryOpen")
    hook.evaluate("kit.hideHistory()")
    hear(hook, "HistoryClose")

    hook.evaluate("kit.setThreadId(null)")
    hook.get_by_text("From React").wait_for()
    assert hear(hook, "ThreadChange") == {"threadId": None}
    hook.evaluate("(id) => kit.setThreadId(id)", thread)
    assert hear(hook, "ThreadLoadStart") == {"threadId": thread}
    assert hear(hook, "ThreadLoadEnd") == {"threadId": thread}

    for call, request in (
        ("kit.fetchUpdates()", "items.list"),
        ("kit.sendCustomAction({ type: 'nothing.of.ours' })", "threads.custom_action"),
    ):
        with hook.expect_request(asks(request)):
            hook.evaluate(f"void {call}")
    send_button(hook).wait_for()

    hook.evaluate("void kit.setThreadId('thr_that_is_not_there')")
    assert hear(hook, "Error")


def test_an_element_that_react_takes_out_lets_go(hook: Page) -> None:
    """And one that it puts in again begins anew."""
    hook.evaluate("kit.sendUserMessage({ text: 'count to 600' })")
    hear(hook, "ResponseStart")
    hook.evaluate("show(false)")
    hook.locator("openai-chatkit").wait_for(state="detached")
    hook.evaluate("heard.length = 0")
    hook.evaluate("show(true)")
    hear(hook, "Ready")
    hook.get_by_text("From React").wait_for()
