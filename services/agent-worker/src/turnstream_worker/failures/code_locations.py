"""Where in an app's code something happens, for an operator, as `server:respond (server.py:41)`."""

import sys
import sysconfig
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from agents import RunContextWrapper
from chatkit.agents import AgentContext
from turnstream.contracts.turns import RequestContext

from turnstream_worker.attempt import Attempt

_OURS = "turnstream_worker"
_LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def location_of_error(error: BaseException) -> str:
    """The app's function that raised, or the one that called what raised; empty if unknown."""
    frames: list[tuple[FrameType, int]] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return _innermost(reversed(frames))


@dataclass(frozen=True)
class ThreadActivity:
    """What a thread does at this moment."""

    function: str = ""
    """The app's innermost function; that of a library where no app's code runs."""
    is_apps: bool = False
    turn_id: str = ""
    """The turn for which it runs, if that can be told."""
    stack: str = ""


def doing_of_thread(thread_id: int) -> ThreadActivity:
    """What a thread does now; nothing where it has ended."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001  # documented by that name
    if frame is None:
        return ThreadActivity()
    frames = [(each, line) for each, line in traceback.walk_stack(frame)]
    turn_ids = (_turn_of(value) for each, _ in frames for value in list(each.f_locals.values()))
    return ThreadActivity(
        function=_innermost(frames),
        is_apps=any(_is_apps(each) for each, _ in frames),
        turn_id=next(filter(None, turn_ids), ""),
        stack="".join(traceback.format_stack(frame)),
    )


def _turn_of(value: object) -> str:
    """The turn that a local variable belongs to: its context, or what the SDK wraps around it."""
    for _ in range(3):
        if isinstance(value, RequestContext | Attempt):
            return value.turn_id or ""
        if isinstance(value, RunContextWrapper):
            value = value.context
        elif isinstance(value, AgentContext):
            value = value.request_context
        else:
            break
    return ""


def _innermost(frames: Iterable[tuple[FrameType, int]]) -> str:
    """The first of the frames that is an app's code; the first of all where none is."""
    known = list(frames)
    chosen = next((each for each in known if _is_apps(each[0])), next(iter(known), None))
    if chosen is None:
        return ""
    frame, line = chosen
    module = frame.f_globals.get("__name__", "?")
    file = Path(frame.f_code.co_filename).name
    return f"{module}:{frame.f_code.co_qualname} ({file}:{line})"


def _is_apps(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    file = frame.f_code.co_filename
    library = file.startswith(("<", *_LIBRARIES))
    return not library and module.partition(".")[0] != _OURS
