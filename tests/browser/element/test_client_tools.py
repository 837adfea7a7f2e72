"""Client tools: the assistant asks, the page does, and the result goes back, once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.own_page import (
    called,
    events,
    expect_called,
    open_own_page,
    wait_for_event,
)
from tests.browser.talk import answer, say


def test_a_client_tool_is_asked_and_its_result_goes_back(empty_page: Page, gateway: str) -> None:
    """What the page returns or promises is what the server reads."""
    page = empty_page
    open_own_page(
        page,
        gateway,
        "{ onClientTool: async (asked) => (call('tool', asked), { chosen: 'blue' }) }",
    )
    say(page, "client tool")

    answer(page, '"output": {"chosen": "blue"}').wait_for()
    asked = {"name": "get_selection", "params": {"deep": [1, {"none": None}]}}
    expect_called(page, [["tool", asked]])


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        ("async () => { throw new Error('no selection') }", "no selection"),
        ("() => { throw 'no luck' }", "no luck"),
        ("() => { const loop = {}; loop.loop = loop; return loop; }", "circular"),
        ("undefined", "The page has no client tool get_selection."),
    ],
)
def test_a_client_tool_that_fails_tells_page_and_server(
    empty_page: Page, gateway: str, handler: str, told: str
) -> None:
    """The turn goes on with the failure as its result."""
    page = empty_page
    open_own_page(page, gateway, f"{{ onClientTool: {handler} }}")
    say(page, "client tool")

    expect(answer(page, '"error": ')).to_contain_text(told)
    wait_for_event(page, "error")
    assert len(events(page, "error")) == 1


def test_two_elements_that_show_a_thread_do_a_client_tool_once(
    empty_page: Page, gateway: str
) -> None:
    """The other one shows what came of it."""
    page = empty_page
    handler = "async (asked) => (call('tool', asked.name), { done: true })"
    open_own_page(page, gateway, f"{{ onClientTool: {handler} }}")
    say(page, "hello")
    wait_for_event(page, "response.end")
    page.evaluate(
        """(id) => {
            const other = document.createElement('turnstream-chat');
            chat.before(other);
            other.addEventListener('chatkit.error', ({ detail }) => call('error', detail));
            other.setOptions({ api, initialThread: id,
              onClientTool: async (asked) => (call('tool', asked.name), { done: true }) });
        }""",
        events(page, "thread.change")[0][1]["threadId"],
    )
    expect(answer(page, "Hello to you")).to_have_count(2)
    page.evaluate("chat.sendUserMessage({ text: 'client tool' })")

    expect(answer(page, '"output": {"done": true}')).to_have_count(2)
    assert called(page) == [["tool", "get_selection"]]
