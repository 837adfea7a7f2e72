"""Text where a server sends another type.

`content` as a list of parts, thoughts among them (Mistral's reasoning models,
docs.mistral.ai/capabilities/reasoning), as a number, or as an object with a `text`.
"""

_THOUGHTS = ("reasoning", "reasoning_content", "reasoning_text", "thinking")


def text_of(value: object) -> str:
    """The text that a value holds, without the thoughts in it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list):
        return "".join(text_of(each) for each in value)
    if not isinstance(value, dict):
        return str(value)
    if value.get("type") in _THOUGHTS:
        return ""
    return text_of(value.get("text") or value.get("content"))


def thoughts_in(value: object) -> str:
    """The thoughts among the parts of a content."""
    if not isinstance(value, list):
        return ""
    parts = [each for each in value if isinstance(each, dict) and each.get("type") in _THOUGHTS]
    return "".join(text_of(_inside(part)) for part in parts)


def _inside(part: dict[str, object]) -> object:
    """What a part of thoughts holds, under whatever name."""
    return next((part[name] for name in (*_THOUGHTS, "text") if name in part), None)
