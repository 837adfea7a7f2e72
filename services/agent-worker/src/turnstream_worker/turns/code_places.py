"""Where in an app's code something happens, for an operator, as `server:respond (server.py:41)`."""

import sys
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import FrameType, TracebackType

_OURS = "turnstream_worker"
_LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def place_of_error(error: BaseException) -> str:
    """The app's function that raised, or the one that called what raised; empty if unknown."""
    frames: list[tuple[FrameType, int]] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return _innermost(reversed(frames))


def place_of_thread(thread_id: int) -> tuple[str, str]:
    """What a thread does now: the app's innermost function, and the whole stack as text."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001  # documented by that name
    if frame is None:
        return "", ""
    stack = "".join(traceback.format_stack(frame))
    frames: list[tuple[FrameType, int]] = []
    each: FrameType | None = frame
    while each is not None:
        frames.append((each, each.f_lineno))
        each = each.f_back
    return _innermost(frames), stack


def _innermost(frames: Iterable[tuple[FrameType, int]]) -> str:
    """The first of the frames that is an app's code; the first of all where none is."""
    known = [(frame, line) for frame, line in frames if frame.f_lineno is not None or line]
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
