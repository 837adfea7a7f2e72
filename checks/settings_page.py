"""`checks.settings_page` writes `docs/settings.md`, and a page below it for each service.

The pages are made from the settings classes: a setting's type, its default, and the docstring below
it. A test compares the files with what the classes say.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

from annotated_types import Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings
from turnstream.settings import EnvironmentSettings
from turnstream_devstack.options import Options
from turnstream_gateway.settings import GatewaySettings
from turnstream_guide.settings import GuideSettings
from turnstream_store.settings import StoreSettings
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.agent_builder.settings import WorkflowSettings
from turnstream_worker.models import ModelSettings
from turnstream_worker.settings import WorkerSettings

PAGE = Path("docs/settings.md")
"""It tells on which page a setting stands."""
FOLDER = PAGE.with_suffix("")
UNSET = "–"
SECTIONS: Mapping[str, tuple[type[BaseSettings], str]] = {
    "Gateway": (GatewaySettings, "the gateway"),
    "Store": (StoreSettings, "the store"),
    "Agent worker": (WorkerSettings, "the agent worker"),
    "A workflow of Agent Builder": (WorkflowSettings, "the agent worker"),
    "The model": (ModelSettings, "the agent worker"),
    "Tools": (ToolsSettings, "the tools service"),
    "The guide": (GuideSettings, "the agent worker and the tools service"),
}
"""Heading -> the settings below it, and the services that read them."""
OF_A_SERVICE = (GatewaySettings, StoreSettings, WorkerSettings, ToolsSettings)
"""The classes that also hold the settings of every service."""

INTRODUCTION = """\
# Settings

Every setting is an environment variable. An empty one counts as unset. `make up` also reads `.env`;
a variable of the environment wins over the file. A service that cannot use a setting names it in
one line and exits with status 78.

Each is also read as `TURNSTREAM_<NAME>`, which wins. An app sees the environment of its worker:
where it needs a name such as `DATABASE_URL` for itself, set `TURNSTREAM_DATABASE_URL` for
Turnstream.

- A **duration** is a number with a unit: `500ms`, `15s`, `2m`, `1h`. A number alone is seconds.
  `0` means at once, or not at all; where that can't work it is refused.
- A **list** has commas between its entries.
- A dash in the column *default* means that the setting is unset.

These pages are generated from the settings classes by `make api`. Change the docstring there, not
the text here.

## Which page has it

| page | settings |
|---|---|
"""
UP = """\
`make up` finds a free port for every process but the gateways, and sets the ports, the names and
the addresses of the services itself, as `TURNSTREAM_…`. Every other setting goes to the services.
Unless they are set, it gives them these values:

- `DEMO_PAGE=true`, a chat page at `/`;
- `WEATHER=sample`, so that the weather tool answers without a network;
- `MCP_SERVERS`: the bundled server of the guide;
- `BLOBS_URL`: a directory in `DATA_DIR`;
- `URL_SIGNING_KEY` and `INTERNAL_KEY`: keys that it makes once and keeps in `DATA_DIR`.

`HOST` moves the gateways only: the other services listen on loopback.
"""


@dataclass(frozen=True)
class Setting:
    """One row of the page."""

    name: str
    kind: str
    default: str
    meaning: str

    def row(self) -> str:
        """The row in Markdown."""
        default = self.default if self.default == UNSET else f"`{self.default}`"
        cells = (f"`{self.name}`", self.kind, default, self.meaning)
        return "| " + " | ".join(cells) + " |"


@dataclass(frozen=True)
class Chapter:
    """A page of settings."""

    file: str
    heading: str
    text: str
    settings: Sequence[Setting]

    def page(self) -> str:
        """The page in Markdown."""
        rows = "\n".join(each.row() for each in self.settings)
        rows = rows.replace("](guides/", "](../guides/")  # docstrings have links as of `docs/`
        return (
            f"# Settings: {self.heading}\n\n{self.text}\n[All settings](../{PAGE.name}) says how"
            " a duration and a list are written.\n\n"
            f"| name | type | default | meaning |\n|---|---|---|---|\n{rows}\n"
        )

    def line(self) -> str:
        """Its row on the first page."""
        names = ", ".join(f"`{each.name}`" for each in self.settings)
        return f"| [{self.heading}]({FOLDER.name}/{self.file}) | {names} |"


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text)


def pages() -> dict[Path, str]:
    """Every page in Markdown."""
    chapters = list(_chapters())
    lines = "\n".join(each.line() for each in chapters)
    return {PAGE: f"{INTRODUCTION}{lines}\n"} | {
        FOLDER / each.file: each.page() for each in chapters
    }


def _chapters() -> Iterator[Chapter]:
    yield Chapter("make-up.md", "`make up`", UP, of_make_up())
    read_by = "Read by all four services.\n"
    yield Chapter("every-service.md", "Every service", read_by, of_every_service())
    for heading, (settings, readers) in SECTIONS.items():
        file = heading.lower().replace(" ", "-") + ".md"
        yield Chapter(file, heading, f"Read by {readers}.\n", own(settings))


def of_make_up() -> list[Setting]:
    """The settings of the supervisor."""
    meanings = _docstrings(Options)
    return [
        Setting(
            each.name.upper(), _kind(each.type, ()), _written(each.default), meanings[each.name]
        )
        for each in fields(Options)
    ]


def of_every_service() -> list[Setting]:
    """The settings that each of the four services has."""
    return [each for each in of(GatewaySettings) if each.name in _shared_names()]


def own(settings: type[BaseSettings]) -> list[Setting]:
    """The settings of a class without those of every service."""
    shared = _shared_names() if settings in OF_A_SERVICE else frozenset()
    return [each for each in of(settings) if each.name not in shared]


def of(settings: type[BaseSettings]) -> list[Setting]:
    """All settings of a class. Raises `KeyError` for one without a docstring."""
    meanings = _docstrings(settings)
    return [
        Setting(name.upper(), _kind_of(field), _default(field), meanings[name])
        for name, field in settings.model_fields.items()
    ]


def _shared_names() -> frozenset[str]:
    names = [set(settings.model_fields) for settings in OF_A_SERVICE]
    return frozenset(name.upper() for name in set.intersection(*names))


def _docstrings(of_class: type) -> dict[str, str]:
    """Attribute -> the docstring below it, of a class and what it inherits."""
    found: dict[str, str] = {}
    for each in reversed(of_class.__mro__):
        if each is Options or issubclass(each, EnvironmentSettings):
            found.update(_docstrings_in(each))
    return found


def _docstrings_in(one_class: type) -> Iterator[tuple[str, str]]:
    # Pydantic's `use_attribute_docstrings` would read the sources at every start of a service.
    tree = ast.parse(textwrap.dedent(inspect.getsource(one_class))).body[0]
    assert isinstance(tree, ast.ClassDef)
    for attribute, below in zip(tree.body, tree.body[1:], strict=False):
        match attribute, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str(text))):
                yield name, " ".join(text.split())


def _kind_of(field: FieldInfo) -> str:
    return _kind(field.annotation, field.metadata)


def _kind(annotation: object, metadata: Sequence[object]) -> str:
    """A type in words."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0], get_args(annotation)[1:])
    options = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{each}`" for each in options)
    if get_origin(annotation) in (tuple, Mapping):
        return "list" if str in options else "JSON list, or the path of a file with one"
    if get_origin(annotation) is dict:
        return "JSON object"
    if options:  # a type, or None where it is unset
        return _kind(options[0], metadata)
    assert isinstance(annotation, type), annotation
    if issubclass(annotation, Enum):
        return ", ".join(f"`{each.value}`" for each in annotation)
    if annotation is int and any(isinstance(each, Le) for each in metadata):
        return "port"
    return _WORDS[annotation]


_WORDS: Mapping[type, str] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret text",
    timedelta: "duration",
}


def _default(field: FieldInfo) -> str:
    return UNSET if field.default_factory is not None else _written(field.default)


def _written(value: object) -> str:
    """A value as one writes it in the environment."""
    match value:
        case None | "" | ():
            return UNSET
        case bool():
            return str(value).lower()
        case timedelta():
            return _duration(value)
        case tuple():
            return ",".join(value)
        case Enum():
            return str(value.value)
        case _:
            return str(value)


_UNITS = (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def _duration(value: timedelta) -> str:
    milliseconds = round(value / timedelta(milliseconds=1))
    unit, size = next((unit, size) for unit, size in _UNITS if milliseconds % size == 0)
    return f"{milliseconds // size}{unit}"


if __name__ == "__main__":
    main()
