"""What tools there are: the `@tool` decorator, and where the service looks for decorated ones."""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, get_type_hints

from pydantic import BaseModel
from turnstream.contracts.tools import Phrase, ToolSpec
from turnstream.settings import ConfigurationError

from turnstream_tools.strict_schema import strict_schema

if TYPE_CHECKING:
    from turnstream_tools.context import ToolContext

ToolFunction = Callable[["ToolContext", Any], Awaitable[Any]]


class Flags(TypedDict, total=False):
    """What else a tool declares; `ToolSpec` has the defaults."""

    timeout: timedelta
    idempotent: bool
    needs_approval: bool
    ends_run: bool
    strict: bool
    hint: str


@dataclass(frozen=True)
class Tool:
    """A tool: what the model is told about it, its arguments, and the function that does it."""

    spec: ToolSpec
    arguments: type[BaseModel]
    function: ToolFunction

    @property
    def name(self) -> str:
        """The name by which the model calls it."""
        return self.spec.name


def tool(
    *, name: str, description: str, phrases: Sequence[Phrase] = (), **flags: Unpack[Flags]
) -> Callable[[ToolFunction], Tool]:
    """Make a tool of `async def function(call: ToolContext, args: SomeModel)`.

    The function returns something JSON-able. `idempotent` promises that running a call again does
    no harm: such a call is run again after a crash, any other never. `timeout` is the longest a
    call may take, `ends_run` says that the client acts next, `needs_approval` that a person must
    agree first. `phrases` and `hint` let the keyless demo model call it. An output with a
    `summary` is told to the user in those words when no real model is there to find better ones.
    One with `sources` (see `search_docs`) can be cited: the guide's answers carry annotations.

    Raises `TypeError` or `NotStrict` where the function does not fit.
    """

    def declare(function: ToolFunction) -> Tool:
        arguments = _arguments_model(function)
        strict = flags.get("strict", True)
        schema = strict_schema(arguments) if strict else arguments.model_json_schema()
        spec = ToolSpec(
            name=name, description=description, parameters=schema, phrases=list(phrases), **flags
        )
        return Tool(spec, arguments, function)

    return declare


def _arguments_model(function: ToolFunction) -> type[BaseModel]:
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


def tools_of(package: ModuleType) -> list[Tool]:
    """Every tool that a module of this package declares: one more file is one more tool."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return [each for module in modules for each in vars(module).values() if isinstance(each, Tool)]


def load_tools(places: str) -> list[Tool]:
    """The tools at `module[:attr]`, separated by commas; a module gives every tool in it.

    Raises `ConfigurationError` for a module that can't be imported and for one without any tool,
    whose name is probably misspelt.
    """
    found: list[Tool] = []
    for place in filter(None, (part.strip() for part in places.split(","))):
        module, _, attribute = place.partition(":")
        try:
            loaded = importlib.import_module(module)
            held = getattr(loaded, attribute) if attribute else vars(loaded).values()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise ConfigurationError(f"TOOLS: {place} could not be loaded: {reason}") from error
        tools = [each for each in _several(held) if isinstance(each, Tool)]
        if not tools:
            raise ConfigurationError(f"TOOLS names {place}, which has no tool.")
        found.extend(tools)
    return found


def _several(held: Any) -> list[Any]:
    return list(held) if isinstance(held, Iterable) else [held]
