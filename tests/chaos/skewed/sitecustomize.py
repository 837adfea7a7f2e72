"""Shifts this process's wall clock by `CLOCK_SHIFT` seconds; the monotonic clock stays right."""

import datetime as _datetime
import os
import time

_shift = float(os.environ.get("CLOCK_SHIFT", "0"))
_time, _time_ns = time.time, time.time_ns
_Real = _datetime.datetime


class _Shifted(type(_Real)):  # type: ignore[misc]
    """Lets real datetimes pass as instances of the shifted class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Real)


class _Datetime(_Real, metaclass=_Shifted):
    """A datetime whose `now` is wrong."""

    @classmethod
    def now(cls, tz: _datetime.tzinfo | None = None) -> _Real:  # type: ignore[override]
        return _Real.now(tz) + _datetime.timedelta(seconds=_shift)

    @classmethod
    def utcnow(cls) -> _Real:  # type: ignore[override]
        return _Real.now(_datetime.UTC).replace(tzinfo=None) + _datetime.timedelta(seconds=_shift)


if _shift:
    time.time = lambda: _time() + _shift
    time.time_ns = lambda: _time_ns() + int(_shift * 1_000_000_000)
    _datetime.datetime = _Datetime  # type: ignore[misc]
