"""The user's language is found in what a browser sends, and every text has its translations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream.i18n import LOCALES, negotiate, preferred, translator


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW", "zh-TW"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh_HK", "zh-TW"),
        ("zh", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        ("fr-FR, zh-TW;q=0.8, en;q=0.7", "zh-TW"),
        ("en;q=0.5, zh-CN;q=0.9", "zh-CN"),
        ("zh-TW;q=0, en", "en"),
        ("*, zh-CN;q=broken", "en"),
        ("de", "en"),
    ],
)
def test_the_best_known_language_is_chosen(header: str | None, locale: str) -> None:
    assert negotiate(header) == locale


def test_a_language_that_we_do_not_speak_is_still_told_to_assistants() -> None:
    """A server brought along may speak more languages than we do."""
    assert preferred("fr-CA, de;q=0.5") == "fr-CA"
    assert preferred("fr-CA, zh-TW;q=0.5") == "zh-TW"
    assert preferred("") is None


@given(st.text(max_size=2000))
def test_any_header_gives_a_language(header: str) -> None:
    assert negotiate(header) in LOCALES


@pytest.mark.parametrize("locale", LOCALES)
def test_a_text_without_a_translation_stays_as_it_is(locale: str) -> None:
    assert translator(locale)("no such text") == "no such text"
