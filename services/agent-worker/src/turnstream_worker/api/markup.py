"""The tags by which a model is told what happened in a thread besides talking.

An agent that is given them needs instructions that explain them.
"""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pydantic_core import to_json

TAG, WIDGET = "TAG", "WIDGET"
WIDGET_ACTION, SYSTEM_ACTION = "WIDGET_ACTION", "SYSTEM_ACTION"
ATTACHMENT = "ATTACHMENT"
PAGE = "PAGE"
LONGEST = 4000
"""Characters of one tag's content: a large widget must not push the conversation out of sight."""


def tagged(tag: str, content: str, *, longest: int = LONGEST, **attributes: str | None) -> str:
    """`<TAG name="…">content</TAG>`. Markup in what came from outside stays text."""
    named = "".join(
        f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None
    )
    cut = content if len(content) <= longest else f"{content[:longest]}…"
    return f"<{tag}{named}>{escape(cut)}</{tag}>"


def as_json(value: Any) -> str:
    """Anything as JSON text; what has no JSON form as its description."""
    return to_json(value, serialize_unknown=True).decode()
