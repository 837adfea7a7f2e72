"""Entities: what a message can mention with @, in the form that ChatKit.js takes."""

from pydantic import Field

from turnstream.contracts.turns import Contract


class Entity(Contract):
    """Something of the application that a message can mention."""

    id: str
    """Unique among all entities. It comes back from a browser: look it up, do not trust it."""
    title: str
    icon: str | None = None
    """The name of a ChatKit icon."""
    group: str | None = None
    """A heading in the list below the composer."""
    interactive: bool = False
    """True when it can be clicked and previewed."""
    data: dict[str, str] = Field(default_factory=dict)
    """Comes back with the message, and to the page's callbacks."""


class EntityList(Contract):
    """The answer to a search, best first."""

    entities: list[Entity]
