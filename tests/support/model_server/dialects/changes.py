"""Small changes to an answer, from which dialects are composed."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from .stream import Change, Event, Json, Part

Which = Callable[[Event], bool]


def all_of(*changes: Change) -> Change:
    """One change after the other."""

    def change(parts: list[Part]) -> list[Part]:
        for each in changes:
            parts = each(parts)
        return parts

    return change


def edited(edit: Callable[[Json], object], which: Which = lambda _: True) -> Change:
    """Edit the document of each event, in place. An edit that returns `DROP` removes the event."""

    def change(parts: list[Part]) -> list[Part]:
        changed: list[Part] = []
        for part in parts:
            if isinstance(part, Event) and isinstance(part.data, dict) and which(part):
                document = deepcopy(part.data)
                if edit(document) is DROP:
                    continue
                part = part.with_data(document)
            changed.append(part)
        return changed

    return change


DROP = object()
"""What an edit returns to remove the event."""


def without(which: Which) -> Change:
    """Leave events out."""
    return lambda parts: [p for p in parts if not (isinstance(p, Event) and which(p))]


def replaced(which: Which, make: Callable[[Event], list[Part]]) -> Change:
    """Put other parts in the place of some events."""

    def change(parts: list[Part]) -> list[Part]:
        out: list[Part] = []
        for part in parts:
            out += make(part) if isinstance(part, Event) and which(part) else [part]
        return out

    return change


def before(which: Which, *inserted: Part) -> Change:
    """Put parts before the first such event of the answer."""

    def change(parts: list[Part]) -> list[Part]:
        at = next((n for n, p in enumerate(parts) if isinstance(p, Event) and which(p)), None)
        return parts if at is None else [*parts[:at], *inserted, *parts[at:]]

    return change


def before_each(which: Which, *inserted: Part) -> Change:
    """Put parts before every such event."""
    return replaced(which, lambda event: [*inserted, event])


def first_of_all(*inserted: Part) -> Change:
    """Put parts before everything."""
    return lambda parts: [*inserted, *parts]


def last_of_all(*added: Part) -> Change:
    """Put parts behind everything."""
    return lambda parts: [*parts, *added]


def ending_at(which: Which, *instead: Part) -> Change:
    """End the stream before the first such event, with these parts."""

    def change(parts: list[Part]) -> list[Part]:
        at = next((n for n, p in enumerate(parts) if isinstance(p, Event) and which(p)), None)
        return parts if at is None else [*parts[:at], *instead]

    return change


def only_if(asked: Callable[[list[Part]], bool], change: Change) -> Change:
    """Change only answers of a kind."""
    return lambda parts: change(parts) if asked(parts) else parts


def setting(**values: Any) -> Callable[[Json], None]:
    """An edit that sets fields of the document."""
    return lambda document: document.update(deepcopy(values))


def dropping(*names: str) -> Callable[[Json], None]:
    """An edit that removes fields of the document."""

    def edit(document: Json) -> None:
        for name in names:
            document.pop(name, None)

    return edit
