"""Validates widgets that a model makes up: ChatKit's components, within limits."""

from collections.abc import Iterator, Mapping
from typing import get_args

import orjson
from chatkit.widgets import BasicRoot, Card, ListView, ListViewItem, StrictWidgetComponent
from pydantic import BaseModel, ValidationError
from turnstream.contracts.turns import RESERVED_ACTIONS, Json
from turnstream.i18n import Translate

LONGEST = 20_000
"""Characters of JSON: several times a large card. Stored widgets are read with each history."""
DEEPEST = 32
"""Levels of JSON: sixteen nodes in each other, more than a screen can show."""

Vocabulary = Mapping[str, type[BaseModel]]

ROOTS: Vocabulary = {"Card": Card, "ListView": ListView, "Basic": BasicRoot}
NODES: Vocabulary = {
    model.model_fields["type"].default: model
    for model in get_args(get_args(StrictWidgetComponent)[0])
}
_INSIDE: Mapping[str, Vocabulary] = {
    "Basic": {**NODES, **ROOTS},
    "ListView": {"ListViewItem": ListViewItem},
}


class InvalidWidget(Exception):
    """The widget can't be shown. The message says why, to the user and to the model."""


def parse_widget(text: str, _: Translate) -> Json:
    """The widget that a JSON text describes. Raises `InvalidWidget`.

    Properties that this version of ChatKit does not know are kept: a client may be newer.
    """
    if len(text) > LONGEST:
        too_long = _("It has {length} characters; {limit} are allowed.")
        raise InvalidWidget(too_long.format(length=len(text), limit=LONGEST))
    try:
        widget = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidWidget(_("It is not JSON: {reason}.").format(reason=error.msg)) from error
    for value, depth in _values(widget):
        if depth > DEEPEST:
            too_deep = _("It is nested more than {limit} levels deep.")
            raise InvalidWidget(too_deep.format(limit=DEEPEST))
        if isinstance(value, dict) and str(value.get("type", "")).startswith(RESERVED_ACTIONS):
            reserved = _("Types that begin with `{prefix}` are reserved.")
            raise InvalidWidget(reserved.format(prefix=RESERVED_ACTIONS))
    _check(widget, "widget", ROOTS, _)
    return dict(widget)


def _values(widget: object) -> Iterator[tuple[object, int]]:
    """Every value in it, with its depth."""
    todo = [(widget, 1)]
    while todo:
        value, depth = todo.pop()
        yield value, depth
        if isinstance(value, dict | list):
            inside = value.values() if isinstance(value, dict) else value
            todo.extend((each, depth + 1) for each in inside)


def _check(node: object, path: str, allowed: Vocabulary, _: Translate) -> None:
    properties: Json = node if isinstance(node, dict) else {}
    kind = str(properties.get("type") if isinstance(node, dict) else type(node).__name__)
    model = allowed.get(kind) if isinstance(node, dict) else None
    if model is None:
        unknown = _("`{place}` can't be `{kind}`. It can be: {known}.")
        known = ", ".join(allowed)
        raise InvalidWidget(unknown.format(place=path, kind=kind[:40], known=known))
    children = properties.get("children")
    alone = kind == "Transition" and isinstance(children, dict)
    inside = [children] if alone else children if isinstance(children, list) else []
    bare = {**properties, "children": None if alone else []} if inside else properties
    try:
        model.model_validate(bare)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join([path, *map(str, first["loc"])])
        raise InvalidWidget(f"`{at[:200]}`: {first['msg']}.") from error
    for number, child in enumerate(inside):
        _check(child, f"{path}.children.{number}", _INSIDE.get(kind, NODES), _)
