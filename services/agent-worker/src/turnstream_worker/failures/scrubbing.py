"""Takes secrets, and what users said, out of texts that an operator reads.

Model servers quote in their errors what they were sent: keys, addresses with passwords, and the
input that they refused.
"""

import re
from collections.abc import Iterable

from turnstream.contracts.turns import Json
from turnstream.secrets.redaction import REMOVED, without_secrets

LONGEST = 2000
"""Characters of a text that are kept."""
_LOOKED_AT = 100_000
"""Characters of a text that are looked at. It is cut to `LONGEST` last, so that no half of a secret
is left at the end."""
_LEAST_QUOTE = 8
"""Characters of a message that is looked for in an error. Shorter ones are words like any other."""

_QUOTED_INPUT = re.compile(
    r"""(['"]?\b(?:content|input|inputs|input_value|text|prompt|arguments|flagged_input)['"]?\s*[:=]\s*)"""
    r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
)
"""A field of the request as an error quotes it: `'content': '…'`, `input_value='…'`."""


def scrubbed(text: str, users_texts: Iterable[str] = ()) -> str:
    """The beginning of the text, without keys and credentials, and without what a user `said`."""
    text = text[:_LOOKED_AT]
    for each in sorted({part.strip() for part in users_texts}, key=len, reverse=True):
        if len(each) >= _LEAST_QUOTE:
            text = text.replace(each, REMOVED)
    text = _QUOTED_INPUT.sub(rf"\1'{REMOVED}'", text)
    return without_secrets(text)[:LONGEST]


def texts_of(request: Json) -> list[str]:
    """What the user said in a request: the texts of its input, without its ids and types."""
    params = request.get("params")
    content = params.get("input") if isinstance(params, dict) else None
    parts = content.get("content") if isinstance(content, dict) else None
    return [
        str(part["text"])
        for part in parts or ()
        if isinstance(part, dict) and isinstance(part.get("text"), str)
    ]
