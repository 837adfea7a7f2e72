"""Counts of tokens where a server sends other numbers: fractions, texts, `NaN`, null."""

import math

from turnstream.contracts.turns import Json


def whole_counts(usage: Json) -> Json:
    """The same usage, with whole numbers of tokens. What is no number is left out."""
    counts: Json = {}
    for name, value in usage.items():
        if name.endswith("_tokens"):
            if (count := _count(value)) is not None:
                counts[name] = count
        elif not name.endswith("_details"):
            counts[name] = value  # costs, times, and whatever else a server tells
        elif isinstance(value, dict):
            counts[name] = whole_counts(value)
    return counts


def _count(value: object) -> int | None:
    if isinstance(value, int):
        return value
    try:
        number = float(value) if isinstance(value, float | str) else math.nan
    except ValueError:
        return None
    return int(number) if math.isfinite(number) else None
