"""The scripts in the guides, run on a page with the element: what they set takes effect."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from turnstream_devstack.stack import Stack

GUIDES = Path(__file__).parents[3] / "docs/guides"
LANGUAGES = pytest.mark.parametrize("language", [".", "zh-TW"])
PAGE = """<!doctype html><meta charset="utf-8" />
<turnstream-chat id="chat" style="display: block; height: 600px"></turnstream-chat>
<script type="module">
import '/ui/turnstream-chat.js';
const asked = (window.asked = []);
const stub = (name) => (...given) => `${name} ${asked.push([name, ...given])}`;
const [logIn, openSettings, openOrder] = ['logIn', 'openSettings', 'openOrder'].map(stub);
const highlight = stub('highlight');
const cart = { add: async () => 1 };
%s
chat.setOptions(options);
Object.assign(window, { chat, options });
</script>"""
"""A page with what the scripts take for granted."""


def script_of(guide: str, language: str) -> str:
    """All scripts of a guide, one behind the other, as one page would have them."""
    text = (GUIDES / language / f"{guide}.md").read_text()
    script = "\n".join(re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for name, value in (
        ("chat", "document.getElementById('chat')"),
        ("options", "{ api: { url: '/chatkit' } }"),
    ):
        if f"const {name} =" not in script:
            script = f"const {name} = {value};\n{script}"
    # Where a script hands its options over at once, they are those of the page.
    return re.sub(r"chat\.setOptions\(\{", "Object.assign(options, {", script)


def open_guide(page: Page, demo: Stack, guide: str, language: str) -> None:
    """Go to a page with the scripts of a guide, and wait for its chat."""
    body = PAGE % script_of(guide, language)
    page.route("**/guide.html", lambda each: each.fulfill(body=body, content_type="text/html"))
    page.goto(f"{demo.gateway_urls[0]}/guide.html")
    page.locator("turnstream-composer textarea").wait_for()


@LANGUAGES
@pytest.mark.parametrize("guide", ["attachments", "client-tools", "widgets-and-actions"])
def test_the_scripts_of_a_guide_run(
    empty_page: Page, demo: Stack, guide: str, language: str
) -> None:
    """The element takes what they set; nothing is thrown."""
    open_guide(empty_page, demo, guide, language)
    expect(empty_page.get_by_role("alert")).to_have_count(0)


@LANGUAGES
def test_the_guide_to_options_changes_the_look(
    empty_page: Page, demo: Stack, language: str
) -> None:
    """Theme, header, start screen, composer."""
    open_guide(empty_page, demo, "themes-and-options", language)
    root = empty_page.locator("turnstream-chat .root")
    expect(root).to_have_css("color-scheme", "dark")
    expect(root).to_have_css("background-color", "rgb(16, 19, 24)")
    empty_page.get_by_role("heading", name="Support").wait_for()
    greeting, prompt = empty_page.evaluate(
        "[options.startScreen.greeting, options.startScreen.prompts[0].label]"
    )
    for text in (greeting, prompt, empty_page.evaluate("options.composer.models[0].label")):
        empty_page.get_by_text(text).first.wait_for()
    empty_page.locator("turnstream-header").get_by_role("button").first.click()
    empty_page.wait_for_function("asked.some(([name]) => name === 'openSettings')")


@LANGUAGES
def test_the_guide_to_languages_fixes_one(empty_page: Page, demo: Stack, language: str) -> None:
    """Whatever the browser's language is."""
    open_guide(empty_page, demo, "localization", language)
    empty_page.get_by_role("button", name="查詢天氣").wait_for()
    field = empty_page.locator("turnstream-composer textarea")
    expect(field).to_have_attribute("placeholder", "輸入訊息…")


@LANGUAGES
def test_the_guide_to_entities_finds_and_previews_them(
    empty_page: Page, demo: Stack, language: str
) -> None:
    """By the gateway's own routes."""
    open_guide(empty_page, demo, "entities", language)
    found = empty_page.evaluate("options.entities.onTagSearch('entit')")
    assert found
    interactive = next(each for each in found if each.get("interactive"))
    preview = empty_page.evaluate("(each) => options.entities.onRequestPreview(each)", interactive)
    assert preview["preview"]


@LANGUAGES
def test_the_guide_to_logins_renews_a_token_once(
    empty_page: Page, demo: Stack, language: str
) -> None:
    """The token goes with each request, and one that has expired is replaced."""
    tokens: list[str] = []

    def gateway(route: Route) -> None:
        token = route.request.headers["authorization"]
        tokens.append(token)
        if token == "Bearer logIn 1":
            route.fulfill(status=401, json={"code": "token_expired"})
        else:
            route.fulfill(json={"data": [], "has_more": False})

    empty_page.route("**/chatkit", gateway)
    open_guide(empty_page, demo, "authentication-page", language)
    empty_page.evaluate("chat.showHistory()")
    empty_page.get_by_text("Your chats will appear here.").wait_for()
    empty_page.evaluate("chat.hideHistory()")
    empty_page.locator("turnstream-history").wait_for(state="detached")
    with empty_page.expect_response("**/chatkit"):
        empty_page.evaluate("chat.showHistory()")
    assert tokens == ["Bearer logIn 1", "Bearer logIn 2", "Bearer logIn 2"]
