"""Every language of the chat element says all that English says. Needs no Node."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

FOLDER = Path(__file__).parents[3] / "web/src/locales"
PROMISED = "en zh-TW zh-CN ja ko es fr de pt-BR ar he hi ru tr"
_PLACE = re.compile(r"\{\w*\}")


def _catalogue(locale: str) -> dict[str, Any]:
    catalogue: dict[str, Any] = json.loads((FOLDER / f"{locale}.json").read_text("utf-8"))
    return catalogue


ENGLISH = _catalogue("en")
LOCALES = sorted(path.stem for path in FOLDER.glob("*.json"))


def _places(text: str) -> list[str]:
    return sorted(_PLACE.findall(text))


def _plurals(locale: str) -> set[str]:
    """The forms that counts up to a thousand ask for, and `other`, which stands in for them."""
    form = Locale.parse(locale, sep="-").plural_form
    return {form(count) for count in range(1001)} | {"other"}


def test_the_promised_languages_are_there() -> None:
    assert set(LOCALES) >= set(PROMISED.split())


@pytest.mark.parametrize("locale", LOCALES)
def test_a_language_has_the_keys_of_english_in_their_order(locale: str) -> None:
    assert list(_catalogue(locale)) == list(ENGLISH)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_empty_or_loses_a_place(locale: str) -> None:
    """A plural form may say its count in words: "one file"."""
    for key, text in _catalogue(locale).items():
        english = ENGLISH[key]
        if isinstance(english, str):
            assert text.strip(), key
            assert _places(text) == _places(english), key
        else:
            assert _places(text["other"]) == _places(english["other"]), key
            for form in text.values():
                assert form.strip(), key
                assert set(_places(form)) <= set(_places(english["other"])), key


@pytest.mark.parametrize("locale", LOCALES)
def test_a_text_with_a_count_has_every_plural_form(locale: str) -> None:
    expected = _plurals(locale)
    for key, text in _catalogue(locale).items():
        if isinstance(ENGLISH[key], dict):
            assert set(text) == expected, key
