"""What an answer may hold, in a real browser: formulas, sources, and text of any length."""

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scripted import open_scripted, wait


def show(page: Page, text: str, annotations: list[dict[str, object]] | None = None) -> None:
    """Open a thread with one answer."""
    open_scripted(page)
    page.evaluate(
        """([text, annotations]) => {
          stage.items = [user(0, 'Tell me'), assistant(1, text, annotations)];
          return chat.setThreadId('thr_1');
        }""",
        [text, annotations or []],
    )
    wait(page, "itemsInView().length === 2")


def test_a_formula_becomes_mathml_under_the_strictest_policy(empty_page: Page) -> None:
    """Its signs come from the text: no style, no address and no script of it gets into the page."""
    harmful = r"\href{javascript:alert(1)}{x} \fcolorbox{red}{blue}{y} \class{z}{w}"
    show(empty_page, rf"A root \(\frac{{1}}{{2}}\), $x^2$ and \[{harmful}\] It costs $5 and $6.")
    formulas = empty_page.locator("turnstream-formula")
    formulas.first.locator("mfrac").wait_for()
    expect(formulas).to_have_count(3)
    expect(formulas.nth(1).locator("msup")).to_have_count(1)
    expect(formulas.nth(2).locator("[href], [style], [class]")).to_have_count(0)
    expect(empty_page.get_by_text("It costs $5 and $6.")).to_be_visible()


def test_a_formula_that_cannot_be_read_is_shown_as_it_is(empty_page: Page) -> None:
    """Nothing is lost, and the one beside it is drawn."""
    show(empty_page, r"Wrong: \(\frac{1\), right: \(\sqrt{2}\)")
    empty_page.locator("turnstream-formula msqrt").wait_for()
    expect(empty_page.locator("turnstream-formula code")).to_have_text(r"\frac{1")


ORDER = {"type": "entity", "id": "order:7", "title": "Order 7", "interactive": True}
STILL = {"type": "entity", "id": "order:8", "title": "Order 8", "interactive": False}
ATLAS = {"type": "url", "title": "The atlas", "url": "https://example.org/atlas"}
FILE = {"type": "file", "title": "Report", "filename": "report.pdf"}


def _cited(*sources: Mapping[str, object]) -> list[dict[str, object]]:
    return [{"type": "annotation", "source": source, "index": 5} for source in sources]


def test_what_an_answer_cites_can_be_looked_at(empty_page: Page) -> None:
    """A link leads on, an entity shows its preview and tells the page; others are only named."""
    show(empty_page, "Here.", _cited(ORDER, STILL, ATLAS, FILE))
    sources = empty_page.get_by_role("list", name="Sources")
    sources.get_by_role("button").wait_for()
    atlas = sources.get_by_role("link", name="The atlas")
    expect(atlas).to_have_attribute("rel", re.compile("noopener"))
    expect(sources.get_by_role("button")).to_have_count(1)
    expect(sources.get_by_text("Report")).to_be_visible()

    mark = empty_page.get_by_role("button", name="Source 1: Order 7")
    mark.hover()
    empty_page.get_by_text("Preview of order:7").wait_for()
    mark.click()
    wait(empty_page, "window.clicked?.id === 'order:7'")
    empty_page.keyboard.press("Escape")
    empty_page.get_by_text("Preview of order:7").wait_for(state="detached")


def test_a_label_stands_in_the_text_where_the_server_says_so(empty_page: Page) -> None:
    """In the place of a number."""
    show(empty_page, "Here.", _cited({**ORDER, "inline_label": "No. 7", "label": "The order"}))
    empty_page.get_by_role("button", name="No. 7").wait_for()
    empty_page.get_by_role("list", name="Sources").get_by_text("The order").wait_for()


@pytest.mark.parametrize("text", ["`some code`", "```\nsome code", r"\(a + b + c\)"])
def test_a_citation_within_code_or_a_formula_is_only_listed(empty_page: Page, text: str) -> None:
    """There is no place for a mark: the code stays what it is."""
    show(empty_page, text, _cited(ATLAS))
    empty_page.get_by_role("list", name="Sources").get_by_role("link").wait_for()
    shown = empty_page.locator("turnstream-markdown code, turnstream-formula").first
    assert not set("\ue000\ue001") & set(shown.inner_text())


def test_many_sources_are_folded(empty_page: Page) -> None:
    """One asks for the others."""
    many = [{**ATLAS, "title": f"Page {n}", "url": f"https://example.org/{n}"} for n in range(20)]
    show(empty_page, "Here.", _cited(*many))
    sources = empty_page.get_by_role("list", name="Sources")
    expect(sources.get_by_role("link")).to_have_count(6)
    sources.get_by_role("button", name="Show 14 more").click()
    expect(sources.get_by_role("link")).to_have_count(20)


@pytest.mark.parametrize(
    "text",
    [
        "'x'.repeat(1_000_000)",
        "'- a *point*\\n'.repeat(80_000)",
        "'> '.repeat(500_000)",
        "'```\\n' + 'x'.repeat(1_000_000)",
    ],
    ids=["a word", "a list", "quotes", "code"],
)
def test_a_megabyte_is_shown_and_the_page_lives(empty_page: Page, text: str) -> None:
    """All of it is there; what is not in view costs nothing."""
    open_scripted(empty_page)
    empty_page.evaluate(
        f"""async () => {{
          stage.items = [user(0, {text}), assistant(1, {text})];
          await chat.setThreadId('thr_1');
        }}"""
    )
    wait(empty_page, "scroller()?.scrollHeight > 10_000")
    empty_page.get_by_role("textbox", name="Message").fill("Still alive")
    empty_page.evaluate("scroller().scrollTop = 0; drawn()")
    wait(empty_page, "itemsInView().length === 2")


def test_a_widget_of_ten_thousand_nodes_is_cut(empty_page: Page) -> None:
    """And says so."""
    open_scripted(empty_page)
    empty_page.evaluate(
        """() => {
          const text = (_, n) => ({ type: 'Text', value: `n ${n}` });
          const widget = { type: 'Card', children: Array.from({ length: 10_000 }, text) };
          stage.items = [{ id: 'w', type: 'widget', thread_id: 'thr_1', widget }];
          return chat.setThreadId('thr_1');
        }"""
    )
    empty_page.get_by_text("too large to be shown whole").wait_for(state="attached")
    expect(empty_page.get_by_text("n 4000", exact=True)).to_have_count(1)
    expect(empty_page.get_by_text("n 9999", exact=True)).to_have_count(0)
