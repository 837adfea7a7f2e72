"""The user's language is found in what a browser sends, and every text has its translations."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream.i18n import LOCALES, Catalogue, negotiate, preferred, translator

from checks.messages import ROOT, extracted, files, missing, read

FILES = files()
_PLACE = re.compile(r"\{\w*\}")


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


def test_a_package_has_a_catalogue_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "zh_TW.po").write_text('msgid "Hello"\nmsgstr "你好"\n')
    catalogue = Catalogue(tmp_path)

    assert catalogue.translator("zh-TW")("Hello") == "你好"
    assert catalogue.translator("zh-CN")("Hello") == "Hello"
    assert catalogue.translator("../zh_TW")("Hello") == "Hello"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_catalogue_has_a_hole(path: Path) -> None:
    """Everything that is said to users is said in every language; `make messages` lists it."""
    catalogue = read(path)

    wanted = {message.id for message in extracted(path) if message.id}
    assert {message.id for message in catalogue if message.id} == wanted, "run `make messages`"
    assert missing(catalogue) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_translation_fills_in_what_the_text_does(path: Path) -> None:
    """A name in braces that is missing or misspelt would fail a turn in that language only."""
    for message in read(path):
        if message.id:
            places = [
                sorted(set(_PLACE.findall(str(text)))) for text in (message.id, message.string)
            ]
            assert places[0] == places[1], f"{message.id!r}: {message.string!r}"
