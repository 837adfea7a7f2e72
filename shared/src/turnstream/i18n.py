"""The languages that users are spoken to in: gettext catalogues, chosen by `Accept-Language`.

Mark a text with `_("…")` where `_` is the translator of a request, or with `N_("…")` where it is
only declared. The catalogues are `locales/*.po`; `make messages` brings them up to date.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = ("en", "zh-TW", "zh-CN")
"""English is the language of the source; the others have catalogues."""
CATALOGUES = Path(__file__).parent / "locales"

Translate = Callable[[str], str]
"""From an English text to the same in the user's language; the text itself where none is known."""

_HEADER = 500
"""Characters of a header that are looked at."""
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def negotiate(accepted: str | None) -> str:
    """The best of our languages for an `Accept-Language` header or a single tag; else English."""
    ours = (_ours(tag) for tag in _by_preference(accepted or ""))
    return next((locale for locale in ours if locale), "en")


def preferred(accepted: str | None) -> str | None:
    """The tag of an `Accept-Language` header to speak in: the best that we know, else the best."""
    tags = _by_preference(accepted or "")
    return next((tag for tag in tags if _ours(tag)), tags[0] if tags else None)


@cache
def translator(locale: str) -> Translate:
    """The translator into one of `LOCALES`."""
    messages = {} if locale == "en" else _messages(locale)
    return lambda text: messages.get(text) or text


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a text for translation without translating it yet."""
    return text


def _ours(tag: str) -> str | None:
    language, *rest = tag.lower().replace("_", "-").split("-")
    if language == "zh":
        return "zh-TW" if _TRADITIONAL.intersection(rest) else "zh-CN"
    return "en" if language == "en" else None


def _by_preference(header: str) -> list[str]:
    """The tags of a header, best first; those refused with `q=0` and the wildcard left out."""
    if not header:
        return []
    weighted = []
    for part in header[:_HEADER].split(","):
        tag, _, weight = (word.strip() for word in part.partition(";q="))
        try:
            weighted.append((float(weight or 1), tag))
        except ValueError:
            continue
    known = [each for each in weighted if each[0] > 0 and each[1] not in ("", "*")]
    return [tag for _, tag in sorted(known, key=lambda each: -each[0])]


def _messages(locale: str) -> dict[str, str]:
    path = CATALOGUES / f"{locale.replace('-', '_')}.po"
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and not message.fuzzy
    }
