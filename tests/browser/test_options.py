"""Every option of the element does what `@openai/chatkit` says of it.

Those of the composer and of entities have a file of their own, `test_composer.py`.
"""

import re

import pytest
from devstack.stack import Stack
from playwright.sync_api import Locator, Page, expect

from tests.browser.own_page import called, events, open_own_page, sent, wait_for_event
from tests.browser.talk import answer, say

GREETING = "What can I help with today?"


@pytest.fixture
def gateway(scripted_stack: Stack) -> str:
    """The gateway before the scripted server."""
    return scripted_stack.gateway_urls[0]


def root(page: Page) -> Locator:
    """The box around all that the element shows."""
    return page.locator("turnstream-chat .root")


def style(place: Locator, name: str) -> str:
    """A style as the browser computes it, of a property or a custom one."""
    value: str = place.evaluate(
        "(element, name) => getComputedStyle(element).getPropertyValue(name)", name
    )
    return value


def talk(page: Page, text: str) -> None:
    """Say something, and wait for the end of the answer."""
    before = len(events(page, "response.end"))
    say(page, text)
    wait_for_event(page, "response.end", before + 1)


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
    assert style(root(page), "color-scheme") == "light"
    buttons = [button.get_attribute("aria-label") for button in page.get_by_role("button").all()]
    assert buttons == ["Chat history", "New chat", "Send message"]
    talk(page, "hello")
    buttons = [button.get_attribute("aria-label") for button in page.get_by_role("button").all()]
    assert buttons == ["Chat history", "New chat", "Copy", "Send message"]


def test_api_needs_one_of_its_two_forms(empty_page: Page, gateway: str) -> None:
    """With neither it says so on the screen and to the page, and other options mend it."""
    page = empty_page
    open_own_page(page, gateway)
    page.evaluate("chat.setOptions({ api: {} })")
    told = "api needs either url or getClientSecret"
    expect(page.get_by_role("alert")).to_have_text(told)
    assert events(page, "error") == [["error", told]]

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
    assert events(page, "thread.change")[-1][1] == {"threadId": None}


def test_the_header_shows_the_title_of_the_thread_or_that_of_the_page(
    empty_page: Page, gateway: str
) -> None:
    """`title.text` wins; `title.enabled` and `enabled` take away."""
    page = empty_page
    open_own_page(page, gateway)
    heading = page.locator("turnstream-header").get_by_role("heading")
    talk(page, "title: Of cats")
    expect(heading).to_have_text("Of cats")
    page.evaluate("set({ header: { title: { text: 'Support' } } })")
    expect(heading).to_have_text("Support")
    page.evaluate("set({ header: { title: { enabled: false, text: 'Support' } } })")
    expect(heading).to_have_count(0)
    expect(page.get_by_role("button", name="New chat")).to_be_visible()
    page.evaluate("set({ header: { enabled: false } })")
    expect(page.get_by_role("button", name="New chat")).to_have_count(0)


def test_the_header_has_the_buttons_of_the_page(empty_page: Page, gateway: str) -> None:
    """Left and right of the title; each has a name, and does what the page wants."""
    page = empty_page
    open_own_page(
        page,
        gateway,
        """{ header: { title: { text: 'Support' },
            leftAction: { icon: 'settings-cog', onClick: () => call('left') },
            rightAction: { icon: 'dark-mode', onClick: () => call('right') } } }""",
    )
    left = page.get_by_role("button", name="Settings")
    right = page.get_by_role("button", name="Dark mode")
    right.click()
    left.click()

    assert called(page) == [["right"], ["left"]]
    title = page.get_by_role("heading", name="Support").bounding_box()
    first, last = left.bounding_box(), right.bounding_box()
    assert title and first and last
    assert first["x"] < title["x"] < last["x"]


@pytest.mark.parametrize(
    "icon", ["sidebar-left", "back-large", "share", "menu-inverted", "compose"]
)
def test_header_icons_are_drawn(empty_page: Page, gateway: str, icon: str) -> None:
    """A few of those that the types name, built in and loaded."""
    page = empty_page
    open_own_page(
        page, gateway, f"{{ header: {{ leftAction: {{ icon: '{icon}', onClick() {{}} }} }} }}"
    )
    drawn = page.locator("turnstream-header turnstream-icon").first.locator("svg")

    expect(drawn.locator("path, rect, circle, line, polyline").first).to_be_attached()


def test_history_can_be_off_or_without_rename_and_delete(empty_page: Page, gateway: str) -> None:
    """Off means that no button and no method opens it, and that it closes."""
    page = empty_page
    open_own_page(page, gateway, "{ history: { showDelete: false } }")
    talk(page, "title: Of cats")
    page.get_by_role("button", name="Chat history").click()
    expect(page.get_by_role("button", name="Rename: Of cats")).to_be_attached()
    expect(page.get_by_role("button", name="Delete: Of cats")).to_have_count(0)
    page.evaluate("set({ history: { showRename: false } })")
    expect(page.get_by_role("button", name="Rename: Of cats")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete: Of cats")).to_be_attached()

    page.evaluate("set({ history: { enabled: false } })")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Chat history")).to_have_count(0)
    page.evaluate("chat.showHistory()")
    assert [name for name, _ in events(page, "history.open", "history.close")] == [
        "history.open",
        "history.close",
    ]


def test_a_thread_is_renamed_and_deleted_in_the_history(empty_page: Page, gateway: str) -> None:
    """The header has the new title at once; what is deleted is no longer shown."""
    page = empty_page
    open_own_page(page, gateway)
    talk(page, "title: Of cats")
    page.get_by_role("button", name="Chat history").click()
    page.get_by_role("button", name="Rename: Of cats").click()
    page.get_by_role("textbox", name="Title").fill("Of dogs")
    page.keyboard.press("Enter")
    expect(page.locator("turnstream-header").get_by_role("heading")).to_have_text("Of dogs")

    page.get_by_role("button", name="Delete: Of dogs").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your chats will appear here.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=GREETING)).to_be_visible()
    assert events(page, "thread.change")[-1][1] == {"threadId": None}


def test_a_search_finds_threads_that_the_list_has_not_shown_yet(
    empty_page: Page, gateway: str
) -> None:
    """The list comes page by page, and a search goes through all pages."""
    page = empty_page
    open_own_page(page, gateway)
    talk(page, "title: Of cats")
    page.evaluate(
        """async () => {
            for (let at = 0; at < 31; at++) {
                const params = { input: { content: [{ type: 'input_text', text: 'nothing' }],
                    attachments: [], inference_options: {} } };
                const body = JSON.stringify({ type: 'threads.create', params });
                const headers = { 'Content-Type': 'application/json' };
                await (await fetch('/chatkit', { method: 'POST', headers, body })).text();
            }
        }"""
    )
    page.get_by_role("button", name="Chat history").click()
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
    expect(page.get_by_role("button", name="Of cats", exact=True)).to_have_count(0)
    page.get_by_role("searchbox", name="Search chats").fill("CATS")

    page.get_by_role("button", name="Of cats", exact=True).click()
    expect(page.locator("turnstream-header").get_by_role("heading")).to_have_text("Of cats")


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
    """A verdict is about all of an answer; a retry deletes it and has it written anew."""
    page = empty_page
    open_own_page(page, gateway, "{ threadItemActions: { feedback: true, retry: true } }")
    talk(page, "change of mind")
    talk(page, "many: 2")
    with sent(page, "items.feedback") as verdict:
        page.get_by_role("button", name="Bad answer").last.click()
    expect(page.get_by_role("button", name="Bad answer").last).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_role("button", name="Good answer")).to_have_count(2)
    assert verdict["kind"] == "negative"
    assert len(verdict["item_ids"]) == 2

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
    assert style(disclaimer, "color") == style(root(page), "color")


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

    assert called(page) == [["click", "thing-1", "A thing", {"n": 1}]]
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
    widget = page.locator("turnstream-widget")
    widget.get_by_role("button").first.wait_for()
    wait_for_event(page, "response.end")
    for button in widget.get_by_role("button").all():
        if not called(page):
            button.click()
    page.wait_for_function("called.length > 0")

    assert called(page)[0][2:] == ["Card", True]
    assert wait_for_event(page, "error") == "not today"


@pytest.mark.parametrize("follows", [True, False])
def test_an_answer_is_followed_to_its_end_if_the_page_wants(
    empty_page: Page, gateway: str, follows: bool
) -> None:
    """`thread.autoScroll` is off by default: the reader reads where they are."""
    page = empty_page
    open_own_page(page, gateway, "{ thread: { autoScroll: true } }" if follows else "{}")
    page.set_viewport_size({"width": 600, "height": 400})
    talk(page, "many: 40")
    if follows:
        expect(answer(page, "number 39")).to_be_in_viewport()
    else:
        expect(page.locator("turnstream-user-message")).to_be_in_viewport()
        page.get_by_role("button", name="Scroll to the newest message").click()
        expect(answer(page, "number 39")).to_be_in_viewport()
