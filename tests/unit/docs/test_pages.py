"""Pages are short, and each is on the site under an address of its own."""

from pathlib import Path

import pytest
from mkdocs.config import load_config

from checks.site.addresses import address, is_chinese
from tests.support.pages import DOCS, PAGES, ROOT, name, words

LONGEST = 1200


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_can_be_read_at_once(page: Path) -> None:
    """Words of prose and tables; a longer one is two pages for two readers."""
    assert words(page.read_text()) <= LONGEST


@pytest.mark.parametrize("config", ["mkdocs.yml", "mkdocs.zh-TW.yml"])
def test_every_page_is_in_the_navigation_of_its_language(config: str) -> None:
    sources = {page.relative_to(DOCS).as_posix() for page in PAGES}
    ours = {each for each in sources if is_chinese(each) is ("zh" in config)}
    assert _leaves(load_config(str(ROOT / config)).nav) == ours


def test_every_picture_is_shown_somewhere() -> None:
    shown = "".join(page.read_text() for page in PAGES)
    pictures = [each.name for each in (DOCS / "images").glob("*.png")]
    assert pictures
    assert [each for each in pictures if f"images/{each}" not in shown] == []


def test_no_two_pages_have_one_address() -> None:
    addresses = [address(page.relative_to(DOCS).as_posix()) for page in PAGES]
    assert len(set(addresses)) == len(addresses)


def _leaves(nav: object) -> set[str]:
    match nav:
        case str():
            return {nav}
        case list():
            return set().union(*(_leaves(each) for each in nav))
        case dict():
            return set().union(*(_leaves(each) for each in nav.values()))
    return set()
