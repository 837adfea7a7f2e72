"""The demo page says all it says in every language of the chat element."""

import json
from pathlib import Path

import pytest
from turnstream_guide.phrases.starters import starters

WEB = Path(__file__).parents[3] / "web"
LOCALES = sorted(path.stem for path in (WEB / "src/locales").glob("*.json"))


def _texts(locale: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((WEB / f"demo/texts/{locale}.json").read_text("utf-8"))
    return texts


@pytest.mark.parametrize("locale", LOCALES)
def test_a_language_of_the_demo_page_has_no_hole(locale: str) -> None:
    """Neither in what the page says, nor in what one can begin with; nothing is left in English."""
    for theirs, english in (
        (_texts(locale), _texts("en")),
        (starters()[locale], starters()["en"]),
    ):
        assert list(theirs) == list(english)
        assert all(theirs.values())
        same = [key for key in english if theirs[key] == english[key]]
        assert same == (list(english) if locale == "en" else [])
