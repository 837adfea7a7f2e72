"""What goes wrong around a chat page: a clear state on screen, nothing thrown, nothing kept."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from turnstream_devstack.stack import Stack

from tests.browser.talk import answer, say, send_button, stop_button
from tests.browser.trouble.lasting_page import (
    expect_messages,
    heard,
    messages,
    open_page,
    stored,
    until,
)
from tests.support.identity.credentials import server_key
from tests.support.network.line import line_to

TWO = '<turnstream-chat id="left"></turnstream-chat><turnstream-chat id="right"></turnstream-chat>'
GONE = "This chat doesn’t exist"
AWAY = "The server can’t be reached."


@pytest.fixture
def own(empty_page: Page, demo: Stack) -> Page:
    """A page of our own, which can be reloaded, and remembers its thread."""
    open_page(empty_page, demo.gateway_urls[0])
    return empty_page


def thread_of(page: Page, name: str = "thread") -> str:
    """The thread that an element of a page shows, once it is known."""
    page.wait_for_url(f"**{name}=*")
    thread_id: str = page.evaluate("(name) => new URLSearchParams(location.search).get(name)", name)
    return thread_id


def plays(page: Page, *events: dict[str, Any] | str) -> None:
    """From now on every message is answered with these frames, as a server without turns would."""
    thread = {"type": "thread.created", "thread": {"id": "thr_1", "items": {"data": []}}}
    said = {"id": "u", "type": "user_message", "content": [{"type": "input_text", "text": "Hi"}]}
    told = (thread, done({**said, "attachments": []}), *events)
    frames = [each if isinstance(each, str) else json.dumps(each) for each in told]
    body = "".join(f"data: {frame}\n\n" for frame in frames)
    page.route(
        "**/chatkit", lambda route: route.fulfill(body=body, content_type="text/event-stream")
    )


def done(item: dict[str, Any]) -> dict[str, Any]:
    """An item that is complete at once."""
    return {"type": "thread.item.done", "item": {"thread_id": "thr_1", **item}}


def says(text: str) -> dict[str, Any]:
    """A whole message of the assistant."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return done({"id": f"msg_{len(text)}", "type": "assistant_message", "content": [part]})


@pytest.mark.short
def test_events_that_nobody_knows_or_can_read_change_nothing(own: Page) -> None:
    """What comes around them is shown; the page is told of those that could not be applied."""
    plays(
        own,
        {"type": "thread.flew"},
        "{broken",
        "null",
        {"type": "thread.item.added"},
        {"type": "thread.item.updated", "item_id": "msg_5", "update": None},
        done({"id": "x_1", "type": "hologram", "beam": 1}),
        says("Hello"),
        {"type": "thread.item.updated", "item_id": "msg_5", "update": None},
        says("still here"),
    )
    say(own, "Hi")
    answer(own, "still here").wait_for()
    send_button(own).wait_for()
    expect_messages(own, ["Hi", "Hello", "still here"])
    until(own, lambda: heard(own, "error"))


def test_a_gateway_that_is_away_is_asked_until_it_is_back(own: Page) -> None:
    """The page says so meanwhile, and offers another try and a new chat."""
    say(own, "count to 20")
    answer(own, "20").wait_for()
    send_button(own).wait_for()
    own.route("**/chatkit", lambda route: route.abort())
    own.reload()
    own.get_by_text(AWAY).wait_for()
    own.get_by_role("button", name="Try again").wait_for()
    own.unroute("**/chatkit")
    answer(own, "20").wait_for()
    expect(own.get_by_text(AWAY)).to_have_count(0)


def test_a_thread_that_is_gone_is_told_and_the_next_message_begins_another(own: Page) -> None:
    """Whether it never was, or was deleted while it was shown."""
    own.goto(f"{own.url}?thread=thr_that_never_was")
    own.get_by_text(GONE).wait_for()
    say(own, "count to 20")
    answer(own, "20").wait_for()
    send_button(own).wait_for()

    thread_id = thread_of(own)
    own.evaluate(_DELETE, thread_id)
    own.evaluate("document.getElementById('thread').fetchUpdates()")
    own.get_by_text(GONE).wait_for()
    own.locator(".message").get_by_role("button", name="New chat").click()
    say(own, "count to 30")
    answer(own, "30").wait_for()
    assert thread_of(own) != thread_id


_DELETE = """(thread_id) => fetch('/chatkit', {
  method: 'POST', headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ type: 'threads.delete', params: { thread_id } }),
})"""


def test_a_page_of_a_proxy_in_place_of_an_answer_is_a_failure(own: Page) -> None:
    """It is not an empty answer, and the message is still there to be sent."""
    own.route("**/chatkit", lambda route: route.fulfill(body="<p>hi</p>", content_type="text/html"))
    say(own, "count to 20")
    own.get_by_role("button", name="Try again").wait_for()
    own.unroute("**/chatkit")
    own.get_by_role("button", name="Try again").click()
    answer(own, "20").wait_for()


def test_a_part_that_could_not_be_loaded_is_asked_for_again(own: Page) -> None:
    """What draws widgets comes with the first one; the gateway is away in that moment."""
    asked: list[str] = []

    def away(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    card = {"type": "Card", "children": [{"type": "Text", "value": "drawn at last"}]}
    plays(own, done({"id": "w", "type": "widget", "widget": card}))
    own.route("**/chunks/*", away)
    say(own, "Hi")
    until(own, lambda: asked)
    own.unroute("**/chunks/*")
    own.get_by_text("drawn at last").wait_for()


def test_an_image_that_does_not_load_leaves_its_words(own: Page) -> None:
    """In an answer, in a widget, as an attachment, and as an image that the assistant made."""
    own.route("**/nowhere/*", lambda route: route.abort())
    card = {"type": "Card", "children": [{"type": "Image", "src": "/nowhere/a.png", "alt": "A"}]}
    picture = {"type": "image", "id": "f", "name": "cat.png", "mime_type": "image/png"}
    plays(
        own,
        done(
            {
                "id": "u",
                "type": "user_message",
                "content": [{"type": "input_text", "text": "see"}],
                "attachments": [{**picture, "preview_url": "/nowhere/c.png"}],
            }
        ),
        says("![a map](/nowhere/b.png) behind it"),
        done({"id": "w", "type": "widget", "widget": card}),
        done({"id": "g", "type": "generated_image", "image": {"id": "i", "url": "/nowhere/d.png"}}),
    )
    say(own, "see")
    own.get_by_text("The image couldn’t be loaded.").first.wait_for()
    own.get_by_text("cat.png").wait_for()
    own.get_by_text("behind it").first.wait_for()
    loaded = own.locator("turnstream-chat img:not(.broken):visible")
    expect(loaded).to_have_count(0)


def test_two_elements_on_one_page_do_not_mix(empty_page: Page, demo: Stack) -> None:
    """Each has its thread and its message on the way, also over a reload."""
    page = empty_page
    open_page(page, demo.gateway_urls[0], body=TWO)
    left, right = page.locator("#left"), page.locator("#right")
    page.route("**/chatkit", lambda route: route.abort())
    for chat, number in ((left, 20), (right, 30)):
        field = chat.get_by_role("textbox", name="Message")
        field.fill(f"count to {number}")
        field.press("Enter")
        chat.get_by_text("Connection lost.").wait_for()
    page.unroute("**/chatkit")
    page.reload()
    for chat, number in ((left, 20), (right, 30)):
        chat.locator("turnstream-assistant-message").get_by_text(str(number)).wait_for()
        chat.get_by_role("button", name="Send message").wait_for()
        expect_messages(chat, stored(page, thread_of(page, str(chat.get_attribute("id")))))
        assert messages(chat)[0] == f"count to {number}"


def test_an_element_that_is_removed_and_put_back_goes_on(own: Page) -> None:
    """With its thread, the answer that runs in it, and what is half written."""
    say(own, "count to 1000")
    answer(own, "50").wait_for()
    own.get_by_role("textbox", name="Message").fill("half written")
    own.evaluate("window.chat = document.getElementById('thread'); chat.remove()")
    own.evaluate(
        "new Promise((done) => setTimeout(done, 50)).then(() => document.body.append(chat))"
    )
    stop_button(own).wait_for()
    own.evaluate(
        "document.body.append(document.body.appendChild(document.createElement('p')), chat)"
    )
    answer(own, "1000").wait_for()
    send_button(own).wait_for()
    expect_messages(own, stored(own, thread_of(own)))
    expect(own.get_by_role("textbox", name="Message")).to_have_value("half written")


def test_options_that_change_while_an_answer_streams_do_not_touch_it(own: Page) -> None:
    """Looks and words change at once; options that are wrong say so until they are mended."""
    say(own, "count to 1000")
    answer(own, "50").wait_for()
    own.evaluate("chat = document.getElementById('thread')")
    own.evaluate("chat.setOptions({ ...optionsOf(chat), locale: 'de', theme: 'dark' })")
    own.get_by_role("button", name="Neuer Chat").wait_for()
    own.evaluate("chat.setOptions({ api: {} })")
    own.get_by_role("alert").get_by_text("api needs").wait_for()
    own.evaluate("chat.setOptions(optionsOf(chat))")
    answer(own, "1000").wait_for()
    send_button(own).wait_for()
    expect_messages(own, stored(own, thread_of(own)))


@pytest.fixture
def hosted(empty_page: Page, demo: Stack) -> Iterator[tuple[Page, list[str | None]]]:
    """A page that gives client secrets, on a line that can be cut, and the secrets it was shown."""
    shown: list[str | None] = []
    store = demo.service("store-1").url
    key = server_key(store, demo.internal_key, "sessions:write")

    def secret(old: str | None) -> str:
        shown.append(old)
        made = empty_page.request.post(
            f"{demo.gateway_urls[0]}/v1/chatkit/sessions",
            headers={"Authorization": f"Bearer {key}"},
            data={"user": "hosted", "workflow": {"id": "wf_tests"}},
        )
        return str(made.json()["client_secret"])

    empty_page.expose_function("secret", secret)
    yield empty_page, shown


def test_a_session_that_expires_while_an_answer_streams_is_renewed(
    hosted: tuple[Page, list[str | None]], demo: Stack
) -> None:
    """The page is asked for another secret once, and the answer goes on."""
    page, shown = hosted

    def expired(route: Route) -> None:
        page.unroute("**/turns/*/events")
        route.fulfill(status=401, json={"code": "session_expired", "retryable": False})

    with line_to(demo.gateway_urls[0]) as line:
        open_page(page, line.url, options="{ api: { getClientSecret: secret } }")
        say(page, "count to 400")
        answer(page, "20").wait_for()
        page.route("**/turns/*/events", expired)
        line.cut()
        answer(page, "400").wait_for()
    assert len(shown) == 2
    assert shown[0] is None
    assert shown[1] is not None


def test_a_page_that_gives_no_secret_says_who_is_not_signed_in(own: Page) -> None:
    """It is asked a few times; then the user may try again."""
    own.evaluate("""document.getElementById('thread').setOptions({
      api: { getClientSecret: () => window.signedIn ? 'x' : Promise.reject(new Error('no')) } })""")
    say(own, "Hi")
    own.get_by_text("You’re not signed in.").wait_for()
    own.get_by_role("button", name="Try again").wait_for()


ROUNDS = 200


def test_elements_that_come_and_go_leave_nothing(own: Page) -> None:
    """Each opens a thread, two hundred times: one that stays has dozens of nodes and listeners."""
    say(own, "count to 20")
    thread_id = thread_of(own)
    send_button(own).wait_for()
    measures = own.context.new_cdp_session(own)
    measures.send("Performance.enable")
    sizes = []
    for rounds in (20, ROUNDS):
        own.evaluate(_COME_AND_GO, [rounds, thread_id])
        measures.send("HeapProfiler.collectGarbage")
        metrics = measures.send("Performance.getMetrics")["metrics"]
        sizes.append({each["name"]: each["value"] for each in metrics})
    before, after = sizes
    assert after["Nodes"] <= before["Nodes"] + 2 * ROUNDS
    assert after["JSEventListeners"] <= before["JSEventListeners"] + ROUNDS / 2
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 1_000_000


_COME_AND_GO = """async ([rounds, thread]) => {
  for (let round = 0; round < rounds; round++) {
    const chat = document.createElement('turnstream-chat');
    document.body.append(chat);
    const loaded = new Promise((done) => chat.addEventListener('chatkit.thread.load.end', done));
    chat.setOptions({ api: { url: '/chatkit' }, initialThread: thread });
    await loaded;
    await chat.updateComplete;
    chat.remove();
  }
}"""
