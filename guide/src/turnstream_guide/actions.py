"""Actions of the guide's widgets: validates what a client sends, and finds the handler."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from chatkit.actions import Action
from chatkit.types import NoticeEvent
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from turnstream.i18n import N_, Translate

Handlers = Mapping[type[BaseModel], Callable[..., Any]]

_REASONS = {
    "missing": N_("it is missing"),
    "string_too_short": N_("it is empty"),
    "string_too_long": N_("it is too long"),
}
"""The errors that a user can make, by pydantic's names. Others are errors of the page."""


class ActionRefused(Exception):
    """The action is unknown, its payload does not fit, or its handler refuses it.

    Nothing was done. The message is for the user.
    """


class Actions:
    """A discriminated union of every action that is known, with a handler for each."""

    def __init__(self, several: Iterable[Handlers]) -> None:
        self._handlers = {kind: handle for one in several for kind, handle in one.items()}
        self._known = {_type_of(kind) for kind in self._handlers}
        kinds: Any = reduce(or_, self._handlers) if self._handlers else BaseModel
        if len(self._handlers) > 1:
            kinds = Annotated[kinds, Field(discriminator="type")]
        self._adapter: TypeAdapter[BaseModel] = TypeAdapter(kinds)

    def find(self, action: Action[str, Any], _: Translate) -> tuple[BaseModel, Callable[..., Any]]:
        """The validated action and its handler. Raises `ActionRefused`."""
        if action.type not in self._known:
            unknown = _("This assistant does not know the action `{type}`.")
            raise ActionRefused(unknown.format(type=action.type[:80]))
        try:
            typed = self._adapter.validate_python({"type": action.type, "payload": action.payload})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(part) for part in first["loc"] if part != action.type)
            known = _REASONS.get(first["type"])
            reason = _(known) if known else first["msg"].removeprefix("Value error, ")
            refused = _("The action `{type}` came with data that does not fit: {place}: {reason}")
            raise ActionRefused(
                refused.format(type=action.type, place=path, reason=reason)
            ) from error
        return typed, self._handlers[type(typed)]


def refusal(error: ActionRefused, _: Translate) -> NoticeEvent:
    """The notice that a user gets for a refused action."""
    return NoticeEvent(level="warning", title=_("Nothing happened"), message=str(error))


def _type_of(kind: type[BaseModel]) -> str:
    (name,) = kind.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    return str(name)
