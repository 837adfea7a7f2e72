"""An exported workflow: the module that `WORKFLOW` names, loaded and read."""

import importlib
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

from pydantic import BaseModel
from turnstream.contracts.ids import digest
from turnstream.contracts.turns import Json
from turnstream.telemetry import get_logger

from turnstream_worker.agent_builder.hooks import APPROVAL, HISTORY, Hooks, hooked
from turnstream_worker.loading import AssistantNotLoaded

log = get_logger(__name__)

TEXT = "input_as_text"
"""The field of a workflow's input that has the user's message."""
_PACKAGES = {"guardrails": "openai-guardrails", "chatkit": "openai-chatkit"}
"""Modules that exports import, whose packages have other names."""


@dataclass(frozen=True)
class Export:
    """A workflow as Agent Builder exported it."""

    path: str
    """`module:function`."""
    version: str
    """Digest of the module's source. A paused run resumes only with the same version."""
    input_type: type[BaseModel] | None
    """The class of its one argument, `WorkflowInput`; None where it takes a dict."""
    bind: Callable[[Hooks], Callable[[object], Awaitable[object]]]

    def input(self, text: str, variables: Json) -> object:
        """The workflow's argument for a message. Fields beside the text are state variables.

        Raises pydantic's `ValidationError` when a field lacks its variable.
        """
        if self.input_type is None:
            return {**variables, TEXT: text}
        known = {
            name: variables[name] for name in self.input_type.model_fields if name in variables
        }
        return self.input_type.model_validate({**known, TEXT: text})


def load_export(path: str) -> Export:
    """Import `module:function`. Raises `AssistantNotLoaded`, which says what to do."""
    name, _, attribute = path.partition(":")
    if not name or not attribute:
        raise AssistantNotLoaded(
            f"WORKFLOW={path!r} is not of the form module:function, such as my_module:run_workflow."
        )
    module = _imported(path, name)
    function = getattr(module, attribute, None)
    if not isinstance(function, FunctionType) or not inspect.iscoroutinefunction(function):
        raise AssistantNotLoaded(f"WORKFLOW={path!r}: {name} has no async function {attribute}.")
    return Export(path, _version(module), _input_type(function), _binder(path, function))


def _imported(path: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == name.partition(".")[0]:
            advice = "Is its folder on PYTHONPATH?"
        else:
            advice = f"Install it for the workers: pip install {_PACKAGES.get(missing, missing)}"
        raise AssistantNotLoaded(f"WORKFLOW={path!r} needs {error.name}. {advice}") from error
    except Exception as error:  # whatever a module raises
        raise AssistantNotLoaded(
            f"WORKFLOW={path!r} could not be imported: {type(error).__name__}: {error}"
        ) from error


def _binder(
    path: str, function: FunctionType
) -> Callable[[Hooks], Callable[[object], Awaitable[object]]]:
    try:
        copy = hooked(function)
    except ValueError as error:
        without = "a workflow runs without history, state and approvals"
        log.warning(without, workflow=path, reason=str(error))
        return lambda _: function
    if HISTORY not in copy.found:
        reason = f"it has no {HISTORY} = […]"
        log.warning("a workflow gets no history", workflow=path, reason=reason)
    if APPROVAL in copy.found:
        log.info("a workflow asks its users for approval", workflow=path)
    return copy.bind


def _input_type(function: FunctionType) -> type[BaseModel] | None:
    """The class of the first parameter, if it is a model."""
    hints: dict[str, Any] = get_type_hints(function)
    first = next(iter(inspect.signature(function).parameters), "")
    kind = hints.get(first)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _version(module: ModuleType) -> str:
    try:
        return digest(inspect.getsource(module))
    except (OSError, TypeError):
        return ""
