"""How sentences and names follow one another, which is not the same in every language."""

import re
from collections.abc import Iterable

from turnstream.i18n import Translate

_WIDE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


def running_text(sentences: Iterable[str]) -> str:
    """Sentences one behind the other: Chinese puts no space between them."""
    text = ""
    for sentence in sentences:
        close = not text or _WIDE.match(text[-1]) or _WIDE.match(sentence)
        text += sentence if close else f" {sentence}"
    return text


def listed(names: Iterable[str], _: Translate) -> str:
    """Names with what separates them in a list."""
    return _(", ").join(names)


def quoted(text: str, _: Translate) -> str:
    """A text in the quotation marks of the language."""
    return _('"{text}"').format(text=text)
