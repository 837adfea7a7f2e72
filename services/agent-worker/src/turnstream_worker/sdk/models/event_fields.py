"""Fields of a stream's events, which are objects of some fifty classes."""

from typing import Any

from agents.items import TResponseStreamEvent


def field(event: TResponseStreamEvent, name: str) -> Any:
    """A field of an event; None where its class has none.

    It is not asked for by `getattr`: where a class lacks the field, Pydantic takes some
    microseconds to say so, and most events of an answer lack most of what is asked for.
    """
    known = vars(event)
    return known[name] if name in known else (event.model_extra or {}).get(name)
