"""Joins sentences and names as each language does."""

import re
from collections.abc import Iterable

from turnstream.i18n import Translate

_WIDE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


def running_text(sentences: Iterable[str]) -> str:
    """Sentences in a row. There is no space between Chinese ones."""
    text = ""
    for sentence in sentences:
        close = not text or _WIDE.match(text[-1]) or _WIDE.match(sentence)
        text += sentence if close else f" {sentence}"
    return text


def listed(names: Iterable[str], _: Translate) -> str:
    """Names as a list in a sentence."""
    return _(", ").join(names)


def quoted(text: str, _: Translate) -> str:
    """A text in the quotation marks of the language."""
    return _('"{text}"').format(text=text)
