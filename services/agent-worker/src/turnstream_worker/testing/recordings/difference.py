"""A difference between two runs of a turn, and texts to show of them."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import orjson


class Part(StrEnum):
    """What is compared, and may be left out."""

    INSTRUCTIONS = "instructions"
    TOOLS = "tools"
    SETTINGS = "settings"
    INPUT = "input"
    CALLS = "calls"
    """How often models are asked, and by whom."""
    ITEMS = "items"
    EVENTS = "events"
    """What viewers are sent beside items: titles, effects in the client, notices, progress."""
    END = "end"


class Difference(NamedTuple):
    """One difference, with both sides as text."""

    part: Part
    where: str
    """`model call 2 of 3, by the agent Shop: the result of get_weather`."""
    recorded: str
    now: str


Found = Iterator[Difference]


def as_text(value: object) -> str:
    """A text as it is, all else as JSON."""
    return value if isinstance(value, str) else as_json(value)


def as_json(value: object) -> str:
    """JSON, in one line where it is short."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return re.sub(r"\s*\n\s*", " ", text.decode()) if len(text) < 200 else text.decode()
