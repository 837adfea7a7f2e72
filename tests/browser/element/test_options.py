"""Every option of the element does what `@openai/chatkit` says of it.

Those of the composer and of entities have a file of their own, `composer/test_writing.py`.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from turnstream_devstack.stack import Stack

from tests.browser.own_page import (
    called,
    events,
    expect_called,
    expect_events,
    open_own_page,
    sent,
    talk,
    wait_for_event,
)
from tests.browser.talk import answer, say
from tests.support.waiting import wait_until_equal

GREETING = "What can I help with today?"


def root(page: Page) -> Locator:
    """The box around all that the element shows."""
    return page.locator("turnstream-chat .root")


def style(place: Locator, name: str) -> str:
    """A style as the browser computes it, of a property or a custom one."""
    value: str = place.evaluate(
        "(element, name) => getComputedStyle(element).getPropertyValue(name)", name
    )
    return value


def expect_buttons(page: Page, *names: str) -> None:
    """Wait until these are the buttons, in order."""
    buttons = page.get_by_role("button")
    expect(buttons).to_have_count(len(names))
    for place, name in enumerate(names):
        expect(buttons.nth(place)).to_have_accessible_name(name)


@pytest.mark.short
def test_without_options_a_chat_is_there_with_the_defaults_of_the_types(
    empty_page: Page, demo: Stack
) -> None:
    """Light, with header and history; without attachments, dictation, feedback and retry."""
    page = empty_page
    open_own_page(page, demo.gateway_urls[0])

    expect(page.get_by_role("region", name="Chat", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=GREETING)).to_be_visible()
    field = page.get_by_role("textbox", name="Message")
    expect(field).to_have_attribute("placeholder", "Message the AI")
    expect(root(page)).to_have_css("color-scheme", "light")
    expect_buttons(page, "Chat history", "New chat", "Send message")
    talk(page, "hello")
    expect_buttons(page, "Chat history", "New chat", "Copy", "Send message")


def test_api_needs_one_of_its_two_forms(empty_page: Page, gateway: str) -> None:
    """With neither it says so on the screen and to the page, and other options mend it."""
    page = empty_page
    open_own_page(page, gateway)
    page.evaluate("chat.setOptions({ api: {} })")
    told = "api needs either url or getClientSecret"
    expect(page.get_by_role("alert")).to_have_text(told)
    expect_events(page, [["error", told]], "error")

    page.evaluate("set({})")
    expect(page.get_by_role("heading", name=GREETING)).to_be_visible()


def test_api_fetch_asks_for_everything_and_the_domain_key_is_no_ones_business(
    empty_page: Page, gateway: str
) -> None:
    """Also what is beside ChatKit's protocol; no request carries the key."""
    page = empty_page
    open_own_page(
        page,
        gateway,
        """{ api: { url: '/chatkit', domainKey: 'domain-key', fetch: (url, init) => {
            call('asked', new URL(url).pathname, JSON.stringify([init.body, [...init.headers]]));
            init.headers.set('X-Mine', '1');
            return fetch(url, init);
        } } }""",
    )
    with page.expect_request(lambda each: "x-mine" in each.headers):
        talk(page, "hello")
    page.evaluate("chat.fetchUpdates()")
    page.wait_for_function("called.some(([, path]) => path.endsWith('/turn'))")

    assert "/chatkit" in [path for _, path, _ in called(page)]
    assert not [told for _, _, told in called(page) if "domain-key" in told]


@pytest.mark.parametrize(
    ("locale", "field", "lang", "direction"),
    [
        ("de", "Nachricht", "de", "ltr"),
        ("pt-PT", "Mensagem", "pt-BR", "ltr"),
        ("zh-Hant", "訊息", "zh-TW", "ltr"),
        ("he", "הודעה", "he", "rtl"),
        ("sw-TZ", "Message", "en", "ltr"),
        ("no such locale", "Message", "en", "ltr"),
    ],
)
def test_locale_is_the_language_of_the_chat_and_english_where_there_is_none(
    empty_page: Page, gateway: str, locale: str, field: str, lang: str, direction: str
) -> None:
    """A language code is a locale too."""
    page = empty_page
    open_own_page(page, gateway, f"{{ locale: '{locale}' }}")

    page.get_by_role("textbox", name=field, exact=True).wait_for()
    expect(root(page)).to_have_attribute("lang", lang)
    expect(root(page)).to_have_attribute("dir", direction)


def test_without_a_locale_it_is_the_browsers(empty_page: Page, gateway: str) -> None:
    """And requests say which one it is."""
    page = empty_page
    page.add_init_script(
        "Object.defineProperty(navigator, 'language', { get: () => 'fr-FR' });"
        "Object.defineProperty(navigator, 'languages', { get: () => ['fr-FR', 'de'] })"
    )
    open_own_page(page, gateway)
    page.get_by_role("textbox", name="Message").wait_for()
    expect(root(page)).to_have_attribute("lang", "fr")
    with page.expect_request("**/chatkit") as request:
        say(page, "hello")
    assert request.value.headers["accept-language"] == "fr-FR"


def test_frame_title_names_the_chat(empty_page: Page, gateway: str) -> None:
    """For a screen reader: there is no frame."""
    page = empty_page
    open_own_page(page, gateway, "{ frameTitle: 'Help with orders' }")

    expect(page.get_by_role("region", name="Help with orders")).to_be_visible()


def test_the_initial_thread_is_shown_first_and_no_other_time(
    empty_page: Page, gateway: str
) -> None:
    """Other options do not bring it back; `null` is a new thread."""
    page = empty_page
    open_own_page(page, gateway, "{ initialThread: null }")
    talk(page, "hello")
    thread_id = events(page, "thread.change")[0][1]["threadId"]
    open_own_page(page, gateway, f"{{ initialThread: '{thread_id}' }}")
    answer(page, "Hello to you").wait_for()
    page.evaluate("chat.setThreadId(null)")
    page.get_by_role("heading", name=GREETING).wait_for()
    page.evaluate(f"set({{ initialThread: '{thread_id}', theme: 'dark' }})")

    expect(root(page)).to_have_css("color-scheme", "dark")
    expect(page.get_by_role("heading", name=GREETING)).to_be_visible()
    wait_until_equal(lambda: events(page, "thread.change")[-1][1], {"threadId": None})


def test_the_start_screen_greets_and_sends_its_prompts(empty_page: Page, gateway: str) -> None:
    """A prompt is a text or content with tags, and goes with the model and tool that are chosen."""
    page = empty_page
    options = """{
        startScreen: { greeting: 'Hello, you', prompts: [
          { label: 'Greet', prompt: 'hello', icon: 'globe' },
          { label: 'Explain', prompt: [{ type: 'input_text', text: 'two parts' },
            { type: 'input_tag', id: 'a', text: 'Mentions' }] } ] },
        composer: { models: [{ id: 'small', label: 'Small' }, { id: 'large', label: 'Large' }],
          tools: [{ id: 'search', label: 'Search', icon: 'search' }] } }"""
    open_own_page(page, gateway, options)
    expect(page.get_by_role("heading", name="Hello, you")).to_be_visible()
    page.evaluate("chat.setComposerValue({ selectedModelId: 'large', selectedToolId: 'search' })")
    with sent(page, "threads.create") as first:
        page.get_by_role("button", name="Greet").click()
    answer(page, "Hello to you").wait_for()
    page.evaluate("chat.setThreadId(null)")
    with sent(page, "threads.create") as second:
        page.get_by_role("button", name="Explain").click()
    answer(page, "two three").wait_for()

    chosen = {"tool_choice": {"id": "search"}, "model": "large"}
    assert first["input"]["inference_options"] == chosen
    assert first["input"]["content"] == [{"type": "input_text", "text": "hello"}]
    assert second["input"]["inference_options"] == {"model": "large"}
    tag = {"type": "input_tag", "id": "a", "text": "Mentions", "data": {}}
    assert second["input"]["content"][1] == tag


def test_feedback_and_retry_are_offered_below_an_answer_if_the_page_wants(
    empty_page: Page, gateway: str
) -> None:
    """A rating is about all of an answer; a retry deletes it and has it written anew."""
    page = empty_page
    open_own_page(page, gateway, "{ threadItemActions: { feedback: true, retry: true } }")
    talk(page, "change of mind")
    talk(page, "many: 2")
    expect(page.get_by_role("button", name="Good answer")).to_have_count(2)
    with sent(page, "items.feedback") as rating:
        page.get_by_role("button", name="Bad answer").last.click()
    expect(page.get_by_role("button", name="Bad answer").last).to_have_attribute(
        "aria-pressed", "true"
    )
    assert rating["kind"] == "negative"
    assert len(rating["item_ids"]) == 2

    page.get_by_role("button", name="Try again").first.click()
    expect(answer(page, "number")).to_have_count(0)
    wait_for_event(page, "response.end", 3)
    expect(answer(page, "final")).to_have_count(1)
    expect(page.locator("turnstream-user-message")).to_have_count(1)


def test_the_composer_says_what_the_page_wants_it_to(empty_page: Page, gateway: str) -> None:
    """The placeholder of the page, and that of a tool while it is chosen."""
    page = empty_page
    open_own_page(
        page,
        gateway,
        """{ composer: { placeholder: 'Ask about orders', tools: [
            { id: 'search', label: 'Search', icon: 'search', placeholderOverride: 'For' } ] } }""",
    )
    field = page.get_by_role("textbox", name="Message")
    expect(field).to_have_attribute("placeholder", "Ask about orders")
    page.evaluate("chat.setComposerValue({ selectedToolId: 'search' })")
    expect(field).to_have_attribute("placeholder", "For")


def test_the_model_that_is_shown_is_the_one_that_is_sent(empty_page: Page, gateway: str) -> None:
    """The default, and the first where there is none."""
    page = empty_page
    models = "[{ id: 'small', label: 'Small' }, { id: 'large', label: 'Large', default: true }]"
    open_own_page(page, gateway, f"{{ composer: {{ models: {models} }} }}")
    with sent(page, "threads.create") as first:
        talk(page, "hello")
    page.evaluate(
        "set({ composer: { models: [{ id: 'a', label: 'A' }, { id: 'b', label: 'B' }] } })"
    )
    with sent(page, "threads.add_user_message") as second:
        talk(page, "hello")

    assert first["input"]["inference_options"] == {"model": "large"}
    assert second["input"]["inference_options"] == {"model": "a"}


def test_a_disclaimer_is_markdown_below_the_composer(empty_page: Page, gateway: str) -> None:
    """With more contrast if the page wants."""
    page = empty_page
    text = "It errs. [Terms](https://example.com/terms)"
    open_own_page(page, gateway, f"{{ disclaimer: {{ text: '{text}' }} }}")
    disclaimer = page.locator(".disclaimer")
    expect(disclaimer.get_by_role("link", name="Terms")).to_have_attribute(
        "rel", re.compile("noopener")
    )
    pale = style(disclaimer, "color")
    page.evaluate(f"set({{ disclaimer: {{ text: '{text}', highContrast: true }} }})")

    expect(disclaimer).not_to_have_css("color", pale)
    expect(disclaimer).to_have_css("color", style(root(page), "color"))


def test_an_entity_that_is_cited_can_be_clicked(empty_page: Page, gateway: str) -> None:
    """If it is interactive; the page gets the entity with its data."""
    page = empty_page
    open_own_page(
        page,
        gateway,
        "{ entities: { onClick: ({ id, title, data }) => call('click', id, title, data) } }",
    )
    talk(page, "annotations")
    page.get_by_role("list", name="Sources").get_by_role("button", name="A thing").click()

    expect_called(page, [["click", "thing-1", "A thing", {"n": 1}]])
    expect(
        page.get_by_role("list", name="Sources").get_by_role("button", name="A file")
    ).to_have_count(0)


def test_widget_actions_for_the_client_are_the_pages(empty_page: Page, demo: Stack) -> None:
    """`onAction` gets the action and the widget; a promise that fails is an error event."""
    page = empty_page
    open_own_page(
        page,
        demo.gateway_urls[0],
        """{ widgets: { onAction: async (action, item) => {
            call('action', action.type, item.widget.type, item.id.length > 0);
            throw new Error('not today');
        } } }""",
    )
    say(page, "show the action buttons")
    page.locator("turnstream-widget").get_by_role("button", name="Read my time zone").click()

    expect_called(page, [["action", "buttons.time_zone", "Card", True]])
    assert wait_for_event(page, "error") == "not today"


@pytest.mark.parametrize("follows", [True, False])
def test_an_answer_is_followed_to_its_end_if_the_page_wants(
    empty_page: Page, demo: Stack, follows: bool
) -> None:
    """`thread.autoScroll` is off by default: the reader reads where they are."""
    page = empty_page
    options = "{ thread: { autoScroll: true } }" if follows else "{}"
    open_own_page(page, demo.gateway_urls[0], options)
    page.set_viewport_size({"width": 400, "height": 400})
    talk(page, "count to 400")
    question = page.locator("turnstream-user-message")
    down = page.get_by_role("button", name="Scroll to the newest message")
    if follows:
        expect(question).not_to_be_in_viewport()
        expect(down).to_have_count(0)
    else:
        expect(question).to_be_in_viewport()
        down.click()
        expect(question).not_to_be_in_viewport()
        expect(down).to_have_count(0)
