"""Items as text, so that two copies of one can be compared."""

import json
from datetime import UTC, datetime


def canonical(value: object) -> str:
    """JSON text in which only the formatting of `created_at` and the order of keys are lost."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: _instant(child) if name == "created_at" else _plain(child)
            for name, child in value.items()
        }
    return [_plain(child) for child in value] if isinstance(value, list) else value


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
