"""Who dies is brought back, and soon where the kernel tells of deaths."""

import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from turnstream_devstack.processes import keeper
from turnstream_devstack.processes.child import Child
from turnstream_devstack.processes.keeper import Keeper
from turnstream_devstack.processes.spawning import Launch


class Sleeper(Child):
    """A process that does nothing."""

    def launch(self) -> Launch:
        return Launch((sys.executable, "-S", "-c", "import time; time.sleep(600)"), env={})

    def is_ready(self) -> bool:
        return self.alive


class Heard:
    """What a keeper says."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._said = threading.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._said.set()

    def wait(self) -> None:
        assert self._said.wait(20)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Sleeper]:
    """A child that runs."""
    child = Sleeper("sleeper", log=tmp_path / "log")
    child.spawn()
    yield child
    child.kill(hold=True)


@pytest.mark.skipif(not keeper._tells_of_deaths, reason="this kernel does not tell of deaths")
def test_a_death_is_noticed_long_before_the_next_look(
    sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nobody looks meanwhile: a supervisor at rest costs next to nothing."""
    monkeypatch.setattr(keeper, "IDLE_INTERVAL", timedelta(minutes=5))
    heard = Heard()
    watch = Keeper(lambda: [sleeper], restart=False, note=heard)
    watch.start()
    try:
        sleeper.kill()
        heard.wait()
    finally:
        watch.stop()
    assert heard.lines == ["sleeper was ended by SIGKILL; not restarted (RESTART=0)"]


@pytest.mark.skipif(not keeper._tells_of_deaths, reason="this kernel does not tell of deaths")
def test_a_keeper_ends_at_once_also_while_it_waits_for_a_death(
    sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is not to wait for the next look."""
    monkeypatch.setattr(keeper, "IDLE_INTERVAL", timedelta(minutes=5))
    watch = Keeper(lambda: [sleeper], restart=True, note=Heard())
    watch.start()
    began = time.monotonic()
    watch.stop()
    assert time.monotonic() - began < 20


def test_where_nobody_tells_of_deaths_they_are_looked_for(
    sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On other systems, and on an old kernel."""
    monkeypatch.setattr(keeper, "_tells_of_deaths", False)
    heard = Heard()
    watch = Keeper(lambda: [sleeper], restart=False, note=heard)
    watch.start()
    try:
        sleeper.kill()
        heard.wait()
    finally:
        watch.stop()
