"""The way of a call through the modules of a package: how often each is entered from another."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Way:
    """Counts the calls of functions that another module of the package makes.

    A coroutine that goes on, a call that returns, what the event loop calls, and a dataclass that
    is made are no entries.
    """

    def __init__(self, package: str) -> None:
        self.entries: list[tuple[str, str]] = []
        """The module and the function of each entry, in their order."""
        self._within = f"{package}."
        self._begun: set[FrameType] = set()

    @property
    def rooms(self) -> Counter[str]:
        """How often each module was entered."""
        return Counter(module for module, _ in self.entries)

    def __str__(self) -> str:
        return "\n".join(f"{self.rooms[module]}x {module}: {name}" for module, name in self.entries)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Follow every call in this thread until the end of the block."""
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._begun.clear()

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        module = self._module(frame)
        if event != "call" or module is None or frame in self._begun:
            return
        self._begun.add(frame)  # and kept: no later frame has its place in memory
        if self._caller(frame) not in (None, module):
            self.entries.append((module, frame.f_code.co_name))

    def _caller(self, frame: FrameType) -> str | None:
        """The module that called, be it through a library."""
        caller = frame.f_back
        while caller is not None and self._module(caller) is None:
            caller = caller.f_back
        return None if caller is None else self._module(caller)

    def _module(self, frame: FrameType) -> str | None:
        name: str = frame.f_globals.get("__name__", "")
        is_written = frame.f_code.co_filename != "<string>"  # not by `dataclasses`
        is_ours = is_written and name.startswith(self._within)
        return name.removeprefix(self._within) if is_ours else None
