"""Links of a page lead to the same place on the site as in the repository."""

from pathlib import Path

import pytest

from checks.site.addresses import address, chinese_of, english_of, relative
from checks.site.chinese_search import apart
from checks.site.dead_links import dead_links
from checks.site.links import at_home, translated

WIRE, CHINESE_WIRE = "guides/wire.md", "guides/zh-TW/wire.md"
FILES = "https://code.example/main"


def on_the_site(markdown: str, source: str, repository: str = "") -> str:
    """A page with its links as its build writes them."""

    def held(page: str) -> bool:
        return page in (WIRE, "guides/errors.md", "images/chat-light.png")

    return translated(markdown, source, held, repository)


@pytest.mark.parametrize(
    "markdown",
    [
        "[errors](errors.md)",
        "[errors](errors.md#errors)",
        "![picture](../images/chat-light.png)",
        "[elsewhere](https://example.com/a.md)",
        "[here](#the-stream)",
    ],
)
def test_a_link_inside_one_language_stays(markdown: str) -> None:
    assert on_the_site(markdown, WIRE) == markdown


def test_a_link_to_the_other_language_leads_to_its_page_on_the_site() -> None:
    there = on_the_site("[wire](../wire.md#the-stream)", CHINESE_WIRE)
    there = there.replace("[wire](", '<a href="').replace(")", '">')
    # The page knows itself as held by the English build alone.
    assert at_home(there, CHINESE_WIRE) == '<a href="../wire.md#the-stream">'


def test_a_link_that_the_build_does_not_hold_is_relative_between_the_builds() -> None:
    there = on_the_site("[tools](../tools.md#remote)", CHINESE_WIRE)
    html = there.replace("[tools](", '<a href="').replace(")", '">')
    assert at_home(html, CHINESE_WIRE) == '<a href="../../../guides/tools/#remote">'


def test_a_link_to_code_leads_into_the_repository() -> None:
    markdown = "see [the\nsource](../../services/gateway/src/turnstream_gateway/app.py)"
    here = f"see [the\nsource]({FILES}/services/gateway/src/turnstream_gateway/app.py)"
    assert on_the_site(markdown, WIRE, FILES) == here


def test_without_a_repository_a_link_to_code_or_a_decision_is_its_text() -> None:
    markdown = "[`app.py`](../../services/app.py), [035](../decisions/035-tenants.md)"
    assert on_the_site(markdown, WIRE) == "`app.py`, 035"


def test_code_blocks_are_left_alone() -> None:
    markdown = "```md\n[source](../../README.md)\n```\n"
    assert on_the_site(markdown, WIRE, FILES) == markdown


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("index.md", ""),
        ("index.zh-TW.md", "zh-TW/"),
        ("guides/README.md", "guides/"),
        ("guides/wire.md", "guides/wire/"),
        ("guides/zh-TW/wire.md", "zh-TW/guides/wire/"),
        ("settings/gateway.md", "settings/gateway/"),
    ],
)
def test_a_translation_has_the_address_of_its_page_below_its_language(
    source: str, place: str
) -> None:
    assert address(source) == place
    assert chinese_of(english_of(source)) != english_of(source)


def test_a_link_of_the_built_site_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire/index.html").write_text('<h2 id="frames"></h2><a href="../#end">a</a>')
    (tmp_path / "index.html").write_text(
        '<a href="wire/#frames">a</a><a href="wire/#gone">b</a><img src="gone.png">'
        '<a href="https://example.com/">c</a>'
    )
    assert list(dead_links(tmp_path)) == [
        "index.html: gone.png",
        "index.html: wire/#gone",
        "wire/index.html: ../#end",
    ]


def test_the_search_takes_chinese_apart_and_nothing_else() -> None:
    assert apart("備份 Postgres，每天") == "備\u200b份 Postgres，每\u200b天"


def test_links_between_addresses_are_relative() -> None:
    assert relative("", "zh-TW/guides/wire/") == "../../../"
    assert relative("zh-TW/", "") == "zh-TW/"
    assert relative("guides/wire/", "guides/errors/") == "../wire/"
