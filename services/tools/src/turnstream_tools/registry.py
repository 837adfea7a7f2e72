"""What tools there are: the `@tool` decorator, and where the service looks for decorated ones."""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, get_type_hints

from pydantic import BaseModel, ValidationError
from turnstream.contracts.tools import ToolSpec
from turnstream.settings import ConfigurationError

from turnstream_tools.strict_schema import strict_schema

if TYPE_CHECKING:
    from turnstream_tools.context import ToolContext

NO_TOOLS = "none"
"""The value of a setting that names no tools, because an empty one means its default."""

A = TypeVar("A", bound=BaseModel)
ToolFunction = Callable[["ToolContext", A], Awaitable[object]]


class Flags(TypedDict, total=False):
    """The other flags of a tool; `ToolSpec` has the defaults."""

    timeout: timedelta
    idempotent: bool
    needs_approval: bool
    ends_run: bool
    strict: bool


@dataclass(frozen=True)
class Tool:
    """A tool: what the model is told about it, its arguments, and the function that does it."""

    spec: ToolSpec
    arguments: type[BaseModel]
    function: ToolFunction[Any]

    @property
    def name(self) -> str:
        """The name by which the model calls it."""
        return self.spec.name


def tool(
    *, name: str, description: str, **flags: Unpack[Flags]
) -> Callable[[ToolFunction[A]], Tool]:
    """Make a tool of `async def function(call: ToolContext, args: SomeModel)`.

    The function returns anything that is JSON. `idempotent` promises that running a call again
    does no harm: after a crash such a call is run again, and no other. `timeout` is the longest
    that a call may take. `needs_approval`: a person must agree first. `ends_run`: the client acts
    next. `strict`: the model must follow the schema exactly.

    Raises `TypeError` or `NotStrict` where the function does not fit.
    """

    def declare(function: ToolFunction[A]) -> Tool:
        arguments = _arguments_model(function)
        strict = flags.get("strict", True)
        schema = strict_schema(arguments) if strict else arguments.model_json_schema()
        spec = ToolSpec(name=name, description=description, parameters=schema, **flags)
        return Tool(spec, arguments, function)

    return declare


def _arguments_model(function: ToolFunction[A]) -> type[BaseModel]:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function} must be an async function.")
    names = list(inspect.signature(function).parameters)
    model = get_type_hints(function).get(names[1]) if len(names) == 2 else None
    if not (inspect.isclass(model) and issubclass(model, BaseModel)):
        raise TypeError(f"{function.__name__} must take (call: ToolContext, args: a BaseModel).")
    return model


class Registry:
    """The tools of this service by name. Raises `ConfigurationError` for two of one name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for each in tools:
            if self._tools.setdefault(each.name, each) is not each:
                raise ConfigurationError(f"TOOLS: there are two tools named {each.name}.")

    def find(self, name: str) -> Tool | None:
        """The tool of that name."""
        return self._tools.get(name)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())


def load_tools(names: str, setting: str = "TOOLS") -> list[Tool]:
    """The tools at `module[:attr]`, separated by commas; none for `none`.

    A module gives every tool in it, a package every tool of its modules: one more file is one more
    tool. Raises `ConfigurationError` for a module that can't be imported and for one without any
    tool, whose name is probably misspelt.
    """
    found: list[Tool] = []
    if names == NO_TOOLS:
        return found
    for name in filter(None, (part.strip() for part in names.split(","))):
        try:
            held = list(_held(*name.partition(":")[::2]))
        except ValidationError:  # a setting of the tools' own, which is named without its value
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise ConfigurationError(f"{setting}: {name} could not be loaded: {reason}") from error
        tools = [each for each in held if isinstance(each, Tool)]
        if not tools:
            raise ConfigurationError(f"{setting} names {name}, which has no tool.")
        found.extend(tools)
    return found


def _held(module: str, attribute: str) -> Iterator[object]:
    """What an attribute holds, or a module and the modules of a package."""
    loaded = importlib.import_module(module)
    if attribute:
        named = getattr(loaded, attribute)
        yield from named if isinstance(named, Iterable) else [named]
        return
    yield from vars(loaded).values()
    for each in sorted(pkgutil.iter_modules(getattr(loaded, "__path__", ())), key=lambda m: m.name):
        yield from vars(importlib.import_module(f"{module}.{each.name}")).values()
