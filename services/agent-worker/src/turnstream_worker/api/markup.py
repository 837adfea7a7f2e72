"""Tags that tell a model what happened in a thread besides messages.

An agent that is given them needs instructions that explain them.
"""

from xml.sax.saxutils import escape, quoteattr

from pydantic_core import to_json

TAG, WIDGET = "TAG", "WIDGET"
WIDGET_ACTION, SYSTEM_ACTION = "WIDGET_ACTION", "SYSTEM_ACTION"
ATTACHMENT = "ATTACHMENT"
PAGE = "PAGE"
LONGEST = 4000
"""Characters of one tag's content, so that a large widget leaves room for the conversation."""


def tagged(tag: str, content: str, *, longest: int = LONGEST, **attributes: str | None) -> str:
    """`<TAG name="…">content</TAG>`. Markup inside the content and the attributes is escaped."""
    named = "".join(
        f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None
    )
    cut = content if len(content) <= longest else f"{content[:longest]}…"
    return f"<{tag}{named}>{escape(cut)}</{tag}>"


def as_json(value: object) -> str:
    """Any value as JSON text; a value without a JSON form as its description."""
    return to_json(value, serialize_unknown=True).decode()
