"""Where one writes: mentions, commands, tools, models, files and speech, by keyboard."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from turnstream_devstack.stack import Stack

from tests.browser.axe import found
from tests.browser.own_page import open_own_page
from tests.browser.talk import message_field
from tests.support.waiting import wait_until, wait_until_equal

ENTITIES = """{
  showComposerMenu: true,
  onTagSearch: async (query) => [
    { id: 'ann', title: 'Ann Lee', group: 'People', icon: 'user', interactive: true,
      data: { team: 'blue' } },
    { id: 'anna', title: 'Anna', group: 'People', icon: 'user' },
    { id: 'plan', title: 'Q2 plan', group: 'Documents', icon: 'document' },
  ].filter(({ title }) => title.toLowerCase().startsWith(query.trim().toLowerCase())),
  onRequestPreview: async ({ title }) => ({
    preview: { type: 'Basic', children: [{ type: 'Text', value: `About ${title}` }] } }),
  onClick: ({ id, data }) => window.heard.push(['clicked', `${id} of ${data.team}`]),
}"""
COMMANDS = """{
  enabled: true,
  onSearch: async (query) => [
    { id: 'sum', label: 'Summarise', description: 'All that was said' },
    { id: 'project', label: 'Choose a project' },
  ].filter(({ label }) => label.toLowerCase().includes(query.toLowerCase())),
  onSelect: async ({ id }) => {
    window.heard.push(['command', id]);
    if (id === 'project') return { type: 'menu', commands: [
      { id: 'apollo', label: 'Apollo' }, { id: 'gemini', label: 'Gemini' }] };
    if (id === 'gemini') return { type: 'entity', entity: { id: 'p-2', title: 'Gemini' } };
  },
}"""
COMPOSER = """{
  attachments: { enabled: true },
  tools: [
    { id: 'search', label: 'Search the web', shortLabel: 'Web', icon: 'globe', pinned: true },
    { id: 'draw', label: 'Draw', icon: 'images', placeholderOverride: 'What shall I draw?' },
    { id: 'deep', label: 'Deep research', icon: 'lab', persistent: true },
  ],
  models: [
    { id: 'fast', label: 'Fast', description: 'Answers at once', default: true },
    { id: 'old', label: 'Old', disabled: true },
    { id: 'wise', label: 'Wise', description: 'Thinks first' },
  ],
}"""
OPTIONS = f"{{ entities: {ENTITIES}, commands: {COMMANDS}, composer: {COMPOSER} }}"


@pytest.fixture
def field(empty_page: Page, demo: Stack) -> Locator:
    """The message's field on a page that offers everything, with the focus in it."""
    open_own_page(empty_page, demo.gateway_urls[0], OPTIONS)
    field = message_field(empty_page)
    field.focus()
    return field


def option(page: Page, name: str) -> Locator:
    """One line of the menu above the field."""
    return page.get_by_role("option", name=name)


def expect_only_option(page: Page, name: str) -> None:
    """The menu has been filled and narrowed: an Enter before that would send the message."""
    expect(page.get_by_role("option")).to_have_count(1)
    expect(option(page, name)).to_be_visible()


def sent(page: Page, field: Locator) -> dict[str, Any]:
    """Send the message; the input of its request."""
    with page.expect_request("**/chatkit") as request:
        field.press("Enter")
    input_: dict[str, Any] = json.loads(request.value.post_data or "")["params"]["input"]
    return input_


def heard(page: Page, name: str) -> list[Any]:
    """What the page was told by this name so far."""
    told: list[list[Any]] = page.evaluate("window.heard")
    return [detail for each, detail in told if each == name]


def expect_heard(page: Page, name: str, wanted: list[Any]) -> None:
    """Wait until the page was told this by this name, in this order."""
    wait_until_equal(lambda: heard(page, name), wanted)


def test_a_mention_is_found_by_its_name_and_sent_as_a_tag(empty_page: Page, field: Locator) -> None:
    """The menu is there at the @, the arrow keys choose, and the preview shows who it is."""
    field.press_sequentially("Ask @")
    expect(option(empty_page, "Q2 plan")).to_be_visible()
    field.press_sequentially("an")
    expect(option(empty_page, "Q2 plan")).to_have_count(0)
    expect(empty_page.get_by_text("About Ann Lee")).to_be_visible()
    expect(field).to_have_attribute("aria-activedescendant", "option-0")
    field.press("ArrowDown")
    expect(option(empty_page, "Anna")).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    field.press("Enter")
    expect(empty_page.get_by_role("listbox")).to_have_count(0)
    field.press_sequentially("please")

    expect(field).to_have_value("Ask @Ann Lee please")
    assert sent(empty_page, field)["content"] == [
        {"type": "input_text", "text": "Ask "},
        {
            "type": "input_tag",
            "id": "ann",
            "text": "Ann Lee",
            "group": "People",
            "data": {"team": "blue"},
            "interactive": True,
        },
        {"type": "input_text", "text": " please"},
    ]


def test_a_tag_in_a_sent_message_shows_its_preview_and_can_be_clicked(
    empty_page: Page, field: Locator
) -> None:
    """Both belong to the page: the element asks it for the preview and tells it of the click."""
    field.press_sequentially("@ann l")
    expect_only_option(empty_page, "Ann Lee")
    field.press("Tab")
    field.press("Enter")
    tag = empty_page.get_by_role("button", name="Ann Lee", exact=True)
    tag.hover()
    expect(empty_page.get_by_text("About Ann Lee")).to_be_visible()
    tag.click()
    expect_heard(empty_page, "clicked", ["ann of blue"])


def test_enter_chooses_what_is_searched_for_and_not_what_was_shown_before(
    empty_page: Page, field: Locator
) -> None:
    """A fast writer is ahead of the search: the key waits for its answer."""
    field.press_sequentially("@")
    expect(option(empty_page, "Ann Lee")).to_be_visible()
    empty_page.keyboard.type("q2")
    empty_page.keyboard.press("Enter")
    expect(field).to_have_value("@Q2 plan ")


def test_backspace_takes_a_whole_mention_and_undo_brings_its_text_back(
    empty_page: Page, field: Locator
) -> None:
    """A mention that lost a letter would be text that looks like a mention."""
    field.press_sequentially("see @Anna")
    expect(option(empty_page, "Anna")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("see @Anna ")
    field.press("Backspace")
    field.press("Backspace")
    expect(field).to_have_value("see ")
    field.press("ControlOrMeta+z")
    expect(field).to_have_value("see @Anna")


def test_escape_shuts_the_menu_and_nothing_else(empty_page: Page, field: Locator) -> None:
    """It stays shut while this word is written, and the next one opens it again."""
    field.press_sequentially("@a")
    expect(option(empty_page, "Anna")).to_be_visible()
    field.press("Escape")
    field.press_sequentially("nn")
    expect(empty_page.get_by_role("listbox")).to_have_count(0)
    field.press_sequentially(" and @")
    expect(option(empty_page, "Anna")).to_be_visible()


def test_a_search_that_fails_is_told_to_the_page_and_the_message_is_sent_all_the_same(
    empty_page: Page, demo: Stack
) -> None:
    """Functions of a page may throw; the element goes on."""
    failing = "{ entities: { onTagSearch: async () => { throw new Error('no search today') } } }"
    open_own_page(empty_page, demo.gateway_urls[0], failing)
    field = message_field(empty_page)
    field.press_sequentially("@ann")
    wait_until(lambda: heard(empty_page, "error"))  # in here: the page's policy forbids `eval`
    field.press("Escape")
    assert sent(empty_page, field)["content"] == [{"type": "input_text", "text": "@ann"}]
    assert set(heard(empty_page, "error")) == {"no search today"}


def test_the_button_begins_a_mention(empty_page: Page, field: Locator) -> None:
    """Who does not know the sign finds the button."""
    field.press_sequentially("Ask")
    empty_page.get_by_role("button", name="Mention something").click()
    expect(option(empty_page, "Anna")).to_be_visible()
    option(empty_page, "Anna").click()
    expect(field).to_have_value("Ask @Anna ")
    expect(field).to_be_focused()


def test_a_command_of_the_page_runs_and_leaves_no_text(empty_page: Page, field: Locator) -> None:
    """The page does what it wants; the message stays as it was."""
    field.press_sequentially("Hello /sum")
    expect_only_option(empty_page, "Summarise")
    field.press("Enter")
    expect(field).to_have_value("Hello ")
    expect_heard(empty_page, "command", ["sum"])


def test_a_command_may_open_a_menu_whose_choice_is_an_entity(
    empty_page: Page, field: Locator
) -> None:
    """The second menu is searched by what is typed, as the first."""
    field.press_sequentially("/project")
    expect_only_option(empty_page, "Choose a project")
    field.press("Enter")
    expect(option(empty_page, "Apollo")).to_be_visible()
    field.press_sequentially("gem")
    expect_only_option(empty_page, "Gemini")
    field.press("Enter")
    expect(field).to_have_value("@Gemini ")
    assert sent(empty_page, field)["content"][0]["id"] == "p-2"


def test_a_slash_offers_the_tools_and_models_too(empty_page: Page, field: Locator) -> None:
    """What the buttons do can be done without the mouse."""
    field.press_sequentially("/draw")
    expect_only_option(empty_page, "Draw")
    field.press("Enter")
    expect(field).to_have_value("")
    expect(field).to_have_attribute("placeholder", "What shall I draw?")
    field.press_sequentially("a cat /wise")
    expect_only_option(empty_page, "Wise")
    field.press("Enter")
    options = sent(empty_page, field)["inference_options"]
    assert options == {"tool_choice": {"id": "draw"}, "model": "wise"}
    expect_heard(empty_page, "tool.change", [{"toolId": "draw"}, {"toolId": None}])


def test_a_tool_from_the_menu_stays_only_if_it_is_persistent(
    empty_page: Page, field: Locator
) -> None:
    """A chip says that it is in use, and takes it away."""
    empty_page.get_by_role("button", name="Tools").click()
    empty_page.get_by_role("menuitemradio", name="Deep research").click()
    expect(field).to_be_focused()
    field.press_sequentially("hello")
    assert sent(empty_page, field)["inference_options"]["tool_choice"] == {"id": "deep"}
    empty_page.get_by_role("button", name="Stop using Deep research").click()
    empty_page.get_by_role("button", name="Search the web").click()
    used = [{"toolId": "deep"}, {"toolId": None}, {"toolId": "search"}]
    expect_heard(empty_page, "tool.change", used)


def test_a_model_is_chosen_by_keyboard_and_one_that_is_off_can_not_be(
    empty_page: Page, field: Locator
) -> None:
    """Up and down, Enter, Escape: as in every menu. The focus comes back."""
    button = empty_page.get_by_role("button", name="Model: Fast")
    button.press("ArrowUp")
    expect(empty_page.get_by_role("menuitemradio", name="Fast")).to_be_focused()
    empty_page.keyboard.press("ArrowDown")
    empty_page.keyboard.press("Enter")
    expect(empty_page.get_by_role("menuitemradio", name="Old")).to_be_visible()
    empty_page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.press("Enter")
    empty_page.get_by_role("menuitemradio", name="Wise").click()
    field.press_sequentially("hello")
    assert sent(empty_page, field)["inference_options"]["model"] == "wise"


def test_a_long_quote_and_many_files_stay_inside_of_a_phone(empty_page: Page, demo: Stack) -> None:
    """What is too long for a line is cut, and what is too much for a row goes to the next."""
    empty_page.set_viewport_size({"width": 360, "height": 700})
    options = OPTIONS.replace("attachments:", "dictation: { enabled: true }, attachments:")
    open_own_page(empty_page, demo.gateway_urls[0], options)
    empty_page.evaluate(
        """() => chat.setComposerValue({
          reply: 'a sentence that is far too long for one line of a phone '.repeat(4),
          attachments: [1, 2, 3].map((id) => ({ type: 'file', id: `f${id}`, mime_type: 'a/b',
            name: `the-report-of-the-${id}-quarter-with-all-of-its-numbers.pdf` })),
          selectedToolId: 'deep',
        })"""
    )
    expect(empty_page.get_by_role("listitem")).to_have_count(3)
    box = empty_page.locator("turnstream-composer form").bounding_box()
    assert box is not None
    for button in empty_page.locator("turnstream-composer").get_by_role("button").all():
        inside = button.bounding_box()
        assert inside is not None
        assert box["x"] <= inside["x"] <= box["x"] + box["width"] - inside["width"]


def test_a_guide_is_mentioned_on_the_demo_page_and_read_by_the_assistant(page: Page) -> None:
    """The page's search and previews are the gateway's own routes, which ask the assistant."""
    field = message_field(page)
    field.press_sequentially("@client t")
    expect_only_option(page, "Client tools")
    field.press("Enter")
    expect(field).to_have_value("@Client tools ")
    field.press("Enter")
    page.get_by_role("button", name="Client tools", exact=True).hover()
    expect(page.locator("turnstream-tag turnstream-widget")).to_be_visible()


def test_nothing_of_the_composer_shuts_anybody_out(empty_page: Page, field: Locator) -> None:
    """axe-core finds nothing in the menu of mentions, of tools, and beside files and a quote."""
    field.press_sequentially("Ask @ann l")
    expect(empty_page.get_by_text("About Ann Lee")).to_be_visible()
    assert found(empty_page) == []
    field.press("Enter")
    empty_page.get_by_role("button", name="Tools").click()
    empty_page.get_by_role("menuitemradio", name="Draw").click()
    empty_page.evaluate(
        """() => chat.setComposerValue({ reply: 'what was said', files: [
          new File(['a'], 'a.txt', { type: 'text/plain' }), new File(['b'], 'b.exe')] })"""
    )
    expect(empty_page.get_by_role("alert")).to_be_visible()
    empty_page.get_by_role("button", name="Model: Fast").click()
    expect(empty_page.get_by_role("menuitemradio", name="Wise")).to_be_visible()
    assert found(empty_page) == []
