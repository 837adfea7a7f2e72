"""New code takes over from old code: there is always a process that works, and none too many."""

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest
from turnstream_devstack.processes.child import StartFailed
from turnstream_devstack.processes.waiting import wait_until
from turnstream_devstack.reload import reloading
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.devstack.fakes import on_given_servers

SOON = timedelta(seconds=30)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """While this file is there, the code can't be loaded."""
    return tmp_path / "broken"


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """While this file is there, a service has something to end."""
    return tmp_path / "busy"


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def stack(tmp_path: Path, broken: Path, busy: Path, events: list[str]) -> Iterator[Stack]:
    files = {"BROKEN_BY": str(broken), "BUSY_WHILE": str(busy)}
    with on_given_servers(tmp_path / "data", env=files, on_event=events.append) as running:
        yield running
        busy.unlink(missing_ok=True)


def workers(stack: Stack) -> list[Service]:
    return [each for each in stack.services.values() if each.spec.role == "worker"]


def pids(stack: Stack) -> set[int]:
    assert wait_until(lambda: all(each.is_ready() for each in workers(stack)), SOON)
    return {each.pid for each in workers(stack)}


def _ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def all_ended(processes: set[int]) -> bool:
    return all(map(_ended, processes))


def test_as_many_new_processes_work_as_old_ones_did(stack: Stack, events: list[str]) -> None:
    """The old ones are asked to end, and are not taken for crashed."""
    before = pids(stack)
    stack.replace("agent-worker")

    after = pids(stack)
    assert len(after) == len(before)
    assert not after & before
    assert wait_until(partial(all_ended, before), SOON)
    assert events == []


def test_numbers_are_used_again(stack: Stack) -> None:
    """So names, pid files and logs stay few, however often one saves."""
    for _ in range(3):
        before = pids(stack)
        stack.replace("agent-worker")
        assert wait_until(partial(all_ended, before), SOON)

    assert {each.name for each in workers(stack)} <= {f"agent-worker-{n}" for n in range(1, 6)}
    for each in workers(stack):
        assert stack.files.pid(each.name).read_text() == f"{each.pid}\n"


def test_code_that_does_not_load_takes_over_nothing(
    stack: Stack, broken: Path, events: list[str]
) -> None:
    """What it said is told; the old code goes on, and nothing is left of the new."""
    before = pids(stack)
    broken.touch()
    with pytest.raises(StartFailed, match="agent-worker: the app can't be loaded"):
        stack.replace("agent-worker")

    assert pids(stack) == before
    assert sorted(each.name for each in workers(stack)) == ["agent-worker-1", "agent-worker-2"]
    assert not (stack.files.run / "agent-worker-3.pid").exists()
    assert events == []


def test_what_an_old_process_has_begun_it_ends(stack: Stack, busy: Path) -> None:
    """Meanwhile the new ones work."""
    before = pids(stack)
    busy.touch()
    stack.replace("agent-worker")

    assert not pids(stack) & before
    assert not any(map(_ended, before))
    busy.unlink()
    assert wait_until(partial(all_ended, before), SOON)


def test_old_processes_do_not_outlive_the_stack(tmp_path: Path, busy: Path) -> None:
    """A second Ctrl-C does not wait for them either."""
    with on_given_servers(tmp_path / "data", env={"BUSY_WHILE": str(busy)}) as stack:
        before = pids(stack)
        busy.touch()
        stack.replace("agent-worker")
        stack.kill_services()

    assert all_ended(before)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of an app in the current folder."""
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file = folder / "my_app.py"
    file.write_text("old = True\n")
    return file


def save(file: Path, text: str, said: list[str], until: str) -> None:
    """Save a file, again and again until the watch, which begins at its own pace, has seen it."""
    seen = len(said)

    def told() -> bool:
        if len(said) == seen:
            file.write_text(text)
        return any(until in line for line in said[seen:])

    assert wait_until(told, SOON, every=timedelta(milliseconds=500)), said


def test_saving_a_file_brings_new_processes(stack: Stack, app: Path, broken: Path) -> None:
    """One that is broken is told; the next that is not brings new ones again."""
    said: list[str] = []
    before = pids(stack)
    with reloading(stack, [], said.append):
        broken.touch()
        save(app, "new = (", said, "the old one goes on: SyntaxError: '(' was never closed")
        assert pids(stack) == before
        save(app, "new = 1\n", said, "the old one goes on: agent-worker: the app can't be loaded")
        assert pids(stack) == before
        broken.unlink()
        save(app, "new = True\n", said, "the new code answers after")

    assert not pids(stack) & before
    assert said[0] == "my_app.py changed"


def test_only_what_may_be_code_counts(stack: Stack, app: Path, tmp_path: Path) -> None:
    """Not what is in an environment or a cache, nor other files, unless they were named."""
    prompts = tmp_path / "prompts"
    for folder in (prompts, app.parent / ".venv/lib", app.parent / "__pycache__"):
        folder.mkdir(parents=True)
    said: list[str] = []
    with reloading(stack, [prompts], said.append):
        save(prompts / "greeting.md", "Hello\n", said, "the new code answers after")
        (app.parent / ".venv/lib/some.py").write_text("")
        (app.parent / "__pycache__/my_app.py").write_text("")
        (app.parent / "notes.md").write_text("")
        save(app, "new = True\n", said, "my_app.py changed")

    assert [line for line in said if line.endswith("changed")] == [
        f"{os.path.relpath(prompts / 'greeting.md')} changed",
        "my_app.py changed",
    ]
