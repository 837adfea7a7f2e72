"""The methods and events of the element do what `@openai/chatkit` says of them."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.own_page import events, expect_events, open_own_page, sent, wait_for_event
from tests.browser.talk import answer, say, send_button
from tests.support.waiting import wait_until_equal

SLOW = "slow: 1"


@pytest.fixture
def page(empty_page: Page, gateway: str) -> Page:
    """A page with the element and no options but `api`."""
    open_own_page(empty_page, gateway)
    return empty_page


def names(page: Page) -> list[str]:
    return [name for name, _ in events(page)]


def test_a_first_message_starts_a_thread_and_an_answer(page: Page) -> None:
    """`ready`, then the thread that came of it, then the answer's begin and end, once each."""
    say(page, "hello")
    wait_for_event(page, "response.end")

    assert names(page) == ["ready", "thread.change", "response.start", "response.end"]
    thread_id = events(page, "thread.change")[0][1]["threadId"]
    assert thread_id.startswith("thr_")


def test_what_is_asked_for_at_once_comes_after_the_beginning(
    empty_page: Page, gateway: str
) -> None:
    """A page need not wait for `ready`: the methods do."""
    page = empty_page
    open_own_page(page, gateway)
    page.evaluate("chat.sendUserMessage({ text: 'hello' })")
    wait_for_event(page, "response.end")
    thread_id = events(page, "thread.change")[0][1]["threadId"]
    page.evaluate(
        """(id) => {
            const other = document.createElement('turnstream-chat');
            chat.replaceWith(other);
            window.chat = other;
            other.setOptions({ api });
            other.setThreadId(id);
            other.sendUserMessage({ text: 'two parts' });
        }""",
        thread_id,
    )

    answer(page, "two three").wait_for()
    expect(page.locator("turnstream-assistant-message")).to_have_count(2)


def test_opening_a_thread_tells_its_load_and_its_change(page: Page) -> None:
    """Also back to a new thread, which needs no load."""
    say(page, "hello")
    wait_for_event(page, "response.end")
    thread_id = events(page, "thread.change")[0][1]["threadId"]
    page.evaluate("heard.length = 0; chat.setThreadId(null)")
    wait_for_event(page, "thread.change")
    page.evaluate("(id) => chat.setThreadId(id)", thread_id)
    wait_for_event(page, "thread.load.end")

    opened = {"threadId": thread_id}
    assert events(page) == [
        ["thread.change", {"threadId": None}],
        ["thread.load.start", opened],
        ["thread.change", opened],
        ["thread.load.end", opened],
    ]


def test_a_thread_that_does_not_exist_is_an_error_and_ends_its_load(page: Page) -> None:
    """The page hears of it, and the user can start anew."""
    page.evaluate("chat.setThreadId('thr_nowhere')")
    wait_for_event(page, "thread.load.end")

    wait_for_event(page, "error")
    assert "thread.change" not in names(page)
    page.get_by_role("alert").get_by_role("button", name="New chat").click()
    say(page, "hello")
    answer(page, "Hello to you").wait_for()


def test_an_answer_that_is_left_has_an_end_for_the_page(page: Page) -> None:
    """A page that shows a sign from `response.start` to `response.end` is not left with it."""
    say(page, SLOW)
    wait_for_event(page, "response.start")
    page.evaluate("chat.setThreadId(null)")
    wait_for_event(page, "response.end")


def test_a_message_of_the_page_has_all_it_can_carry(page: Page) -> None:
    """Text or content, a quotation, tool and model; a tag needs no data."""
    with sent(page, "threads.create") as params:
        page.evaluate(
            """chat.sendUserMessage({
                content: [
                  { type: 'input_text', text: 'hello' },
                  { type: 'input_tag', id: 'order:1', text: 'Order 1', group: 'Orders' },
                ],
                reply: 'quoted words', toolChoice: { id: 'search' }, model: 'large',
            })"""
        )

    tag = {"type": "input_tag", "id": "order:1", "text": "Order 1", "group": "Orders", "data": {}}
    assert params["input"] == {
        "content": [{"type": "input_text", "text": "hello"}, tag],
        "attachments": [],
        "quoted_text": "quoted words",
        "inference_options": {"tool_choice": {"id": "search"}, "model": "large"},
    }
    wait_for_event(page, "response.end")
    expect(page.locator("turnstream-user-message")).to_contain_text("helloOrder 1")


def test_a_message_without_anything_in_it_is_refused(page: Page) -> None:
    """The promise says so, and nothing is sent."""
    refusal = page.evaluate("chat.sendUserMessage({}).catch((error) => error.message)")

    assert refusal == "A message needs text, content or attachments."


def test_a_message_may_go_to_a_new_thread(page: Page) -> None:
    """`newThread` leaves the thread that is open as it is."""
    say(page, "hello")
    wait_for_event(page, "response.end")
    page.evaluate("chat.sendUserMessage({ text: 'two parts', newThread: true })")
    wait_for_event(page, "response.end", 2)

    first, none, second = (detail["threadId"] for _, detail in events(page, "thread.change"))
    assert none is None
    assert first != second


def test_messages_sent_while_an_answer_comes_follow_one_after_the_other(page: Page) -> None:
    """Each is sent once and answered in its turn, also before the thread has an id."""
    page.evaluate(
        "for (const text of ['slow: 0.5', 'hello', 'two parts']) chat.sendUserMessage({ text })"
    )
    wait_for_event(page, "response.end", 3)

    expect(page.locator("turnstream-item")).to_have_count(6)
    kinds: list[str] = page.evaluate(
        "[...chat.shadowRoot.querySelector('turnstream-thread').shadowRoot"
        ".querySelectorAll('turnstream-item')].map(({ item }) => item.type)"
    )
    assert kinds == ["user_message", "assistant_message"] * 3
    assert len(events(page, "thread.change")) == 1


def test_a_message_into_a_thread_that_is_being_opened_goes_there(page: Page) -> None:
    """It does not start another thread because the load is not done."""
    say(page, "hello")
    wait_for_event(page, "response.end")
    thread_id = events(page, "thread.change")[0][1]["threadId"]
    page.evaluate("chat.setThreadId(null)")
    page.evaluate(
        "(id) => { chat.setThreadId(id); chat.sendUserMessage({ text: 'two parts' }); }", thread_id
    )

    answer(page, "two three").wait_for()
    assert events(page, "thread.change")[-1][1] == {"threadId": thread_id}
    expect(answer(page, "Hello to you")).to_have_count(1)


def test_an_action_of_the_page_reaches_the_server(page: Page) -> None:
    """With the widget that it is about, or without one; before there is a thread it is refused."""
    refusal = page.evaluate(
        "chat.sendCustomAction({ type: 'say' }).catch((error) => error.message)"
    )
    assert refusal == "An action needs an open thread."
    say(page, "list widget")
    page.locator("turnstream-widget").get_by_text("row 1").wait_for()
    page.evaluate("chat.sendCustomAction({ type: 'say', payload: { n: 1 } })")

    answer(page, 'the page says {"n": 1}').wait_for()
    item = page.evaluate(
        "chat.shadowRoot.querySelector('turnstream-thread').state.items"
        ".find(({ type }) => type === 'widget').id"
    )
    page.evaluate("(id) => chat.sendCustomAction({ type: 'say', payload: { n: 2 } }, id)", item)
    answer(page, 'ListView says {"n": 2}').wait_for()


def test_what_the_page_sets_in_the_composer_is_there_and_not_sent(page: Page) -> None:
    """Text, a quotation, tool and model; what it does not name stays."""
    page.evaluate(
        """set({ composer: {
            tools: [{ id: 'search', label: 'Search', icon: 'search' }],
            models: [{ id: 'small', label: 'Small' }, { id: 'large', label: 'Large' }],
        } })"""
    )
    page.evaluate(
        "chat.setComposerValue({ text: 'what I said', reply: 'quoted', selectedToolId: 'search',"
        " selectedModelId: 'large' })"
    )
    page.evaluate("chat.setComposerValue({})")
    page.evaluate("chat.focusComposer()")

    field = page.get_by_role("textbox", name="Message")
    expect(field).to_have_value("what I said")
    expect(field).to_be_focused()
    expect_events(page, [["tool.change", {"toolId": "search"}]], "tool.change")
    with sent(page, "threads.create") as params:
        field.press("Enter")
    assert params["input"]["quoted_text"] == "quoted"
    assert params["input"]["inference_options"] == {
        "tool_choice": {"id": "search"},
        "model": "large",
    }
    assert wait_for_event(page, "tool.change", 2) == {"toolId": None}


def test_history_opens_and_closes_by_page_and_user_and_each_is_told(page: Page) -> None:
    """Opening what is open is no event; a thread that is opened closes it."""
    for step in (
        "showHistory()",
        "showHistory()",
        "hideHistory()",
        "hideHistory()",
        "showHistory()",
    ):
        page.evaluate(f"chat.{step}")
    page.get_by_role("dialog", name="Chat history").wait_for()
    page.evaluate("chat.setThreadId(null)")
    page.get_by_role("dialog", name="Chat history").wait_for(state="detached")
    page.get_by_role("button", name="Chat history").click()
    page.keyboard.press("Escape")

    opened_and_closed = ["history.open", "history.close"]
    wait_until_equal(lambda: names(page), ["ready", *opened_and_closed * 3])


def test_a_history_that_can_not_be_read_says_so_to_page_and_user(page: Page) -> None:
    """And can be read again."""

    def refuse(route: Route) -> None:
        if "threads.list" in (route.request.post_data or ""):
            route.fulfill(status=500, json={"detail": "no list today"})
        else:
            route.continue_()

    page.route("**/chatkit", refuse)
    page.evaluate("chat.showHistory()")
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_be_visible()
    expect_events(page, [["error", "no list today"]], "error")
    page.unroute("**/chatkit")
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Your chats will appear here.")).to_be_visible()


def test_updates_are_fetched_when_the_page_says_so(page: Page, gateway: str) -> None:
    """What changed on the server appears; also while an answer comes, as soon as it is there."""
    say(page, "hello")
    wait_for_event(page, "response.end")
    thread_id = events(page, "thread.change")[0][1]["threadId"]
    send = """([id, text]) => fetch('/chatkit', { method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Turnstream-Client': 'resumable' },
        body: JSON.stringify({ type: 'threads.add_user_message', params: { thread_id: id, input: {
          content: [{ type: 'input_text', text }], attachments: [], inference_options: {} } } }),
      }).then((response) => response.text())"""
    page.evaluate(send, [thread_id, "two parts"])
    assert answer(page, "two three").count() == 0
    page.evaluate("chat.fetchUpdates()")
    answer(page, "two three").wait_for()


def test_fetching_updates_keeps_what_only_the_page_knows(page: Page) -> None:
    """A notice and an error with its Retry are not in the store."""
    say(page, "signals")
    page.get_by_text("It is late.").wait_for()
    say(page, "fail with words: retry")
    page.get_by_role("button", name="Try again").wait_for()
    page.evaluate("chat.fetchUpdates()")

    expect(page.get_by_text("It is late.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_effects_notices_progress_and_errors_reach_page_and_user(page: Page) -> None:
    """An effect and an error are events of the page, a notice is on the screen until dismissed."""
    say(page, "signals")
    answer(page, "Look up.").wait_for()
    effect = {"name": "highlight", "data": {"place": [1, None, {"deep": "é"}]}}
    expect_events(page, [["effect", effect]], "effect")
    notice = page.get_by_role("alert").filter(has_text="It is late.")
    expect(notice.get_by_text("late", exact=True)).to_have_css("font-weight", "650")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)

    say(page, "fail with words")
    expect_events(page, [["error", "The cat is on the keyboard."]], "error")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_deep_link_is_for_the_page_wherever_it_stands(empty_page: Page, gateway: str) -> None:
    """In Markdown of the page as in an answer: the browser does not follow it."""
    page = empty_page
    text = "See [it](chatkit-link://open/order?id=A%2D1&deep=1)."
    open_own_page(page, gateway, f"{{ disclaimer: {{ text: '{text}' }} }}")
    page.get_by_role("link", name="it").click()

    told = {"name": "open/order", "data": {"id": "A-1", "deep": "1"}}
    expect_events(page, [["deeplink", told]], "deeplink")
    assert len(page.context.pages) == 1


def test_an_element_takes_other_options_while_an_answer_comes(page: Page) -> None:
    """The answer goes on, in the new look."""
    say(page, SLOW)
    wait_for_event(page, "response.start")
    page.evaluate("set({ theme: 'dark', locale: 'de' })")

    page.get_by_role("textbox", name="Nachricht").wait_for()
    wait_for_event(page, "response.end")
    assert names(page).count("ready") == 1


def test_another_address_of_the_api_is_another_chat(page: Page) -> None:
    """The thread belonged to the other one: the page is told that none is open."""
    say(page, "hello")
    wait_for_event(page, "response.end")
    page.evaluate("api.url = '/chatkit?other'; set({})")
    wait_for_event(page, "ready", 2)

    page.get_by_role("heading", name="What can I help with today?").wait_for()
    wait_until_equal(lambda: events(page)[-1], ["thread.change", {"threadId": None}])
    expect(send_button(page)).to_be_visible()
