"""What the loaded server tells: whose store it asks, and which of its methods are never called."""

import gc
import inspect
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from chatkit.server import ChatKitServer

from turnstream_worker.assistant import Assistant
from turnstream_worker.checks.findings import Finding, Location, Severity

_MOST_OBJECTS = 20_000
"""Objects that are looked at in search of the store. A server that holds more has cached data."""
_OPAQUE = (ModuleType, type, CodeType, FrameType, str, bytes, int, float)


def server_findings(assistant: Assistant) -> Iterator[Finding]:
    """Everything that can be told from the server and the store that it was given."""
    yield from _of_store(assistant)
    yield from _of_attachments(assistant.server)
    yield from _of_methods(assistant.server)


def _of_store(assistant: Assistant) -> Iterator[Finding]:
    server, given = assistant.server, assistant.store
    own: object = getattr(server, "store", None)
    if own is given or _reaches(own, given):
        return
    kept_elsewhere = _reaches(server, given)
    yield Finding(
        "own-store",
        Severity.WARNING if kept_elsewhere else Severity.REFUSED,
        f"The server asks a store of its own, a {type(own).__name__}, and not the one that the "
        "factory was given: the conversation is not there, so the model is asked with nothing.",
        "Hand the factory's store to the server: super().__init__(store).",
        _line_of(type(server), "super().__init__(") or _of_class(type(server)),
    )


def _of_attachments(server: ChatKitServer[Any]) -> Iterator[Finding]:
    own: object = getattr(server, "attachment_store", None)
    if own is None:
        return
    yield Finding(
        "own-attachment-store",
        Severity.NOTE,
        f"Attachments are kept by the app, in a {type(own).__name__}. It is asked in whichever "
        "worker is free, and gets no HTTP request.",
        "Keep the bytes where every worker sees them; without an attachment store Turnstream keeps "
        "them.",
        _of_class(type(own)),
    )


def _of_methods(server: ChatKitServer[Any]) -> Iterator[Finding]:
    for name, kept in vars(ChatKitServer).items():
        if name.startswith("__") or not (name.startswith(("_", "process")) and callable(kept)):
            continue
        override = vars(server).get(name, getattr(type(server), name))
        if inspect.unwrap(override) is kept:
            continue
        is_entry = name.lstrip("_").startswith("process")
        yield Finding(
            "never-called",
            Severity.REFUSED if is_entry else Severity.WARNING,
            f"{type(server).__name__}.{name} is never called: a worker calls respond, action, "
            "sync_action, add_feedback, transcribe, get_stream_options and "
            "handle_stream_cancelled.",
            "Move what it does into one of those, or into a proxy before the gateway: who may ask "
            "is decided there.",
            _of_function(override),
        )


def _reaches(holder: object, wanted: object) -> bool:
    """True if an object leads to another one by its fields, closures or containers."""
    seen, waiting = {id(holder)}, deque([holder])
    while waiting and len(seen) < _MOST_OBJECTS:
        found = waiting.popleft()
        if found is wanted:
            return True
        for each in gc.get_referents(found):
            if id(each) not in seen and not _is_opaque(each):
                seen.add(id(each))
                waiting.append(each)
    return False


def _is_opaque(found: object) -> bool:
    """True for what leads to everything: modules, classes, and the globals of a module."""
    return isinstance(found, _OPAQUE) or (isinstance(found, dict) and "__builtins__" in found)


def _of_class(kind: type) -> Location | None:
    try:
        return Location(Path(inspect.getfile(kind)), inspect.getsourcelines(kind)[1])
    except (OSError, TypeError):  # made at run time, or in C
        return None


def _of_function(function: Any) -> Location | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return Location(Path(code.co_filename), code.co_firstlineno) if code else None


def _line_of(kind: type, text: str) -> Location | None:
    """The line of a class that holds a text."""
    try:
        lines, first = inspect.getsourcelines(kind)
    except (OSError, TypeError):
        return None
    found = (number for number, line in enumerate(lines, first) if text in line)
    line = next(found, None)
    return Location(Path(inspect.getfile(kind)), line) if line else None
