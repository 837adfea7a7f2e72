"""The items of a session, compared by what they say.

Some sessions give items back with ids and fields of their own, so two items are the same when they
have the same name here.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import orjson
from agents.items import TResponseInputItem
from turnstream.contracts.ids import digest

Items = list[TResponseInputItem]


class FirstRead(NamedTuple):
    """What a turn read first of a session, so that another attempt finds the same."""

    size: int
    digest: str
    whole: bool
    """True when the session held nothing else."""

    @classmethod
    def of(cls, items: Items, *, whole: bool) -> Self:
        """What was read."""
        return cls(len(items), digest(*map(name_of, items)), whole)

    def end(self, names: list[str], added: Counter[str]) -> int | None:
        """Where it ends among the session's items as they are now; None where it is no longer.

        Other items may have come after it. Of several ends the first counts after which only
        items follow that the turn added: the same words may have been said before.
        """
        possible = [self.size] if self.whole or not self.size else range(self.size, len(names) + 1)
        ends = [end for end in possible if digest(*names[end - self.size : end]) == self.digest]
        clean = (end for end in ends if not Counter(names[end:]) - added)
        return next(clean, ends[-1] if ends else None)

    def among(self, items: Items, added: Counter[str]) -> Items | None:
        """The items themselves; None where they are there no longer."""
        end = self.end([name_of(item) for item in items], added)
        return None if end is None else items[end - self.size : end]


def left_of(items: Items, read: FirstRead | None, added: Counter[str]) -> Counter[str]:
    """The names of what the session holds of all that earlier attempts meant to add."""
    names = [name_of(item) for item in items]
    end = read.end(names, added) if read is not None else None
    if end is None:  # then what stands at the end of the session
        end, rest = len(names), added.copy()
        while end and take(rest, names[end - 1]):
            end -= 1
    return added & Counter(names[end:])


def without(items: Items, left: Counter[str]) -> Items:
    """The items but those of these names; of several with one name, the newest go."""
    rest = left.copy()
    kept = [item for item in reversed(items) if not take(rest, name_of(item))]
    return kept[::-1]


def last(items: Items, limit: int | None) -> Items:
    """The newest items, at most so many."""
    return items if limit is None else items[max(0, len(items) - limit) :]


def take(names: Counter[str], name: str) -> bool:
    """Take one of this name away; False when there is none."""
    if not names[name]:
        return False
    names[name] -= 1
    return True


def name_of(item: TResponseInputItem) -> str:
    """Names an item by its kind and by what it says, or by the call that it belongs to."""
    fields: dict[str, Any] = {**item}
    kind = fields.get("type") or "message"
    if fields.get("call_id"):
        return digest(kind, fields["call_id"])
    if "role" in fields:
        return digest(kind, fields["role"], *_texts(fields.get("content")))
    return digest(kind, _json({key: fields[key] for key in fields if key not in ("id", "status")}))


def _texts(content: object) -> Iterable[str]:
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    return [
        str(part["text"]) if isinstance(part, dict) and "text" in part else _json(part)
        for part in parts
    ]


def _json(value: object) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()
