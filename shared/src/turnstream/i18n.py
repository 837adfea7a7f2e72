"""The languages that users are spoken to in: gettext catalogues, chosen by `Accept-Language`.

Mark a text with `_("…")` where `_` is the translator of a request, or with `N_("…")` where it is
only declared. `translator` has the texts of the product; a package with texts of its own, such as
the guide, has a `Catalogue` of its own. `make messages` brings the files of both up to date.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from babel import negotiate_locale
from babel.messages.pofile import read_po

LOCALES = ("en", "zh-TW", "zh-CN")
"""English is the language of the source; the others have catalogues."""

Translate = Callable[[str], str]
"""From an English text to the same in the user's language; the text itself where none is known."""

_HEADER = 500
"""Characters of a header that are looked at."""
_BY_LOWER_CASE = {locale.lower(): locale for locale in LOCALES}
_ALIASES = {"zh": "zh-CN", "zh-hant": "zh-TW", "zh-hk": "zh-TW", "zh-mo": "zh-TW"}
"""The aliases of Chinese: Hong Kong and Macao read the characters of Taiwan, everyone else those
of China."""


class Catalogue:
    """The translations of one package: a file `<language>_<territory>.po` for each locale."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files = {path.stem.replace("_", "-"): path for path in directory.glob("*.po")}

    def translator(self, locale: str) -> Translate:
        """The translator into a locale; without a file for it, texts stay as they are."""
        file = self._files.get(locale)
        return _translator(file) if file else _as_it_is


CATALOGUE = Catalogue(Path(__file__).parent / "locales")
"""The texts of the product."""
translator = CATALOGUE.translator


def negotiate(accepted: str | None) -> str:
    """The best of our languages for an `Accept-Language` header or a single tag; else English."""
    ours = (_ours(tag) for tag in _by_preference(accepted or ""))
    return next((locale for locale in ours if locale), "en")


def preferred(accepted: str | None) -> str | None:
    """The tag of an `Accept-Language` header to speak in: the best that we know, else the best."""
    tags = _by_preference(accepted or "")
    return next((tag for tag in tags if _ours(tag)), tags[0] if tags else None)


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a text for translation without translating it yet."""
    return text


def _ours(tag: str) -> str | None:
    found = negotiate_locale(_shortened(tag), LOCALES, sep="-", aliases=_ALIASES)
    return _BY_LOWER_CASE[found.lower()] if found else None


def _shortened(tag: str) -> Iterator[str]:
    """`zh-Hant-HK`, then `zh-Hant`, then `zh`."""
    parts = tag.replace("_", "-").split("-")
    return ("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def _by_preference(header: str) -> list[str]:
    """The tags of a header, best first; those refused with `q=0` and the wildcard left out.

    Babel chooses among tags, and reads no header.
    """
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


@cache
def _translator(path: Path) -> Translate:
    messages = _messages(path)
    return lambda text: messages.get(text) or text


def _as_it_is(text: str) -> str:
    return text


def _messages(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and not message.fuzzy
    }
