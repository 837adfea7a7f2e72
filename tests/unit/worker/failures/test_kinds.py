"""The one table of failures: what operators read of it in the guide, and what users read of it."""

import re
from pathlib import Path

import pytest
from turnstream.i18n import LOCALES, translator
from turnstream_worker.failures import kinds
from turnstream_worker.failures.kinds import Kind

KINDS = [each for each in vars(kinds).values() if isinstance(each, Kind)]
GUIDE = Path(__file__).parents[4] / "docs/guides/watching.md"


def test_the_guide_has_every_kind_and_says_what_becomes_of_it() -> None:
    """Codes, whether the turn is tried again, and whether the user may."""
    rows = re.findall(r"^\| (`.+`) \| (yes|no) \| (yes|no) \|", GUIDE.read_text(), re.MULTILINE)
    told = {
        code: (retried == "yes", may_retry == "yes")
        for codes, retried, may_retry in rows
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert told == {kind.code: (kind.retried, kind.allow_retry) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_the_words_and_the_button_agree(kind: Kind) -> None:
    """Where trying again does not help, no words ask for it; what passes may be tried again."""
    if kind.retried:
        assert kind.allow_retry
    if kind.message is not None:
        assert ("Please try again" in kind.message) <= kind.allow_retry
        assert ("Trying again will not help" in kind.message) <= (not kind.allow_retry)


@pytest.mark.parametrize("locale", [each for each in LOCALES if each != "en"])
def test_every_kind_is_told_in_every_language(locale: str) -> None:
    said = [kind.message for kind in KINDS if kind.message]
    assert all(translator(locale)(words) != words for words in said)
