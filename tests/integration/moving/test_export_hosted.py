"""`turnstream export-hosted` reads a double of the hosted API with the real SDK."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from turnstream.cli.main import main

from tests.support.hosted.api import KEY, Answer, HostedApi, Json, ReceivedRequest, refusal
from tests.support.hosted.conversations import (
    attached,
    fill,
    said,
    thread,
    whole_conversation,
)
from tests.support.waiting import wait_until

END = 60.0
"""Seconds that a run may take on a busy machine."""


@pytest.fixture
def api() -> Iterator[HostedApi]:
    with HostedApi().serving() as api:
        yield api


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hosted"


class Run(NamedTuple):
    """How a run ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def export(
    api: HostedApi,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Run]:
    """Runs the command to its end, in this process."""

    def run(*options: str, key: str = KEY) -> Run:
        monkeypatch.setenv("OPENAI_API_KEY", key)
        code = main(arguments(api, folder, *options))
        return Run(code, *capsys.readouterr())

    return run


def arguments(api: HostedApi, folder: Path, *options: str) -> list[str]:
    return ["export-hosted", str(folder), "--base-url", api.base_url, *options]


@contextmanager
def process(api: HostedApi, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run in a process of its own, while the block lasts."""
    program = [sys.executable, "-m", "turnstream.cli", *arguments(api, folder)]
    env = {**os.environ, "OPENAI_API_KEY": KEY}
    with subprocess.Popen(program, env=env, stdout=subprocess.DEVNULL) as run:
        yield run


def exported(folder: Path) -> list[Json]:
    """The lines of an export."""
    return [json.loads(line) for line in (folder / "threads.jsonl").read_text().splitlines()]


def kept(api: HostedApi) -> list[Json]:
    """What the lines of an export of all must be."""
    return [{"thread": one, "items": api.items[one["id"]]} for one in api.threads.values()]


def test_all_is_written_as_the_api_tells_it(api: HostedApi, folder: Path, export: Any) -> None:
    """Every field is there, also one that the SDK does not know; 250 threads are three pages, and
    a thread may have several.
    """
    fill(api, 249)
    long = thread(999, later={"field": [10**30, "\ud83d"]})
    messages = [said(long["id"], number, f"Message {number}") for number in range(100, 320)]
    api.add(long, [*whole_conversation(long["id"]), *messages])

    run = export()

    assert (run.returncode, run.stderr) == (0, "")
    assert exported(folder) == kept(api)
    assert "250 threads, 726 items, 0 attachments" in run.stdout
    assert f"turnstream import {folder}" in run.stdout
    assert folder.stat().st_mode & 0o077 == 0


def test_one_users_threads(api: HostedApi, folder: Path, export: Any) -> None:
    """The folder is theirs: for everybody's another one is taken."""
    fill(api, 9)

    assert export("--user", "moved-bob").returncode == 0
    assert [line["thread"]["user"] for line in exported(folder)] == ["moved-bob"] * 3

    other = export()
    assert other.returncode == 1
    assert "holds an export of user moved-bob" in other.stderr
    assert len(exported(folder)) == 3


def position(folder: Path) -> tuple[str, int]:
    """The last thread that an export says it has, and how many it has."""
    state = json.loads((folder / "state.json").read_text())
    return state["last_id"], state["counts"][0]


def test_a_killed_run_goes_on_where_it_was(api: HostedApi, folder: Path, export: Any) -> None:
    """In the middle of a line, too; every thread is there once, and little is read again."""
    fill(api, 250)
    held, release = threading.Event(), threading.Event()

    def hold(asked: ReceivedRequest) -> Answer | None:
        if asked.path.endswith("cthr_0120/items"):
            held.set()
            release.wait(END)
        return None

    api.refuse = hold
    with process(api, folder) as run:
        wait_until(held.is_set, END)
        wait_until(lambda: position(folder) == ("cthr_0119", 120), END)
        run.send_signal(signal.SIGKILL)
    release.set()
    with (folder / "threads.jsonl").open("a") as torn:
        torn.write('{"thread":{"id":"cthr_0120"},"it')
    api.asked.clear()

    again = export()

    assert again.returncode == 0, again.stderr
    assert "going on after cthr_0119" in again.stdout
    assert exported(folder) == kept(api)
    assert len([each for each in api.asked if each.path.endswith("/items")]) == 130


def test_a_finished_folder_takes_what_is_new(api: HostedApi, folder: Path, export: Any) -> None:
    """Nothing is there twice."""
    fill(api, 3)
    assert export().returncode == 0
    assert export().returncode == 0
    api.add(thread(100), [said("cthr_0100", 0, "Late")])

    assert export().returncode == 0

    assert exported(folder) == kept(api)


def test_it_does_not_go_on_behind_a_thread_that_is_gone(
    api: HostedApi, folder: Path, export: Any
) -> None:
    """The API would not know where: a new folder begins anew."""
    fill(api, 3)
    assert export().returncode == 0
    del api.threads["cthr_0002"]

    run = export()

    assert run.returncode == 1
    assert "does not go on after cthr_0002" in run.stderr
    assert "take another folder" in run.stderr
    assert len(exported(folder)) == 3


def test_two_runs_do_not_write_one_folder(api: HostedApi, folder: Path, export: Any) -> None:
    """The second says so and goes; the first is not disturbed."""
    fill(api, 3)
    held, release = threading.Event(), threading.Event()

    def hold(asked: ReceivedRequest) -> Answer | None:
        held.set()
        release.wait(END)
        return None

    api.refuse = hold
    with process(api, folder) as run:
        wait_until(held.is_set, END)
        second = export()
        release.set()
        run.wait(END)
    assert (second.returncode, run.returncode) == (1, 0)
    assert "Another export writes" in second.stderr
    assert exported(folder) == kept(api)


def test_too_many_requests_are_waited_out(api: HostedApi, folder: Path, export: Any) -> None:
    """Every third request is refused once, and comes again when it is told to."""
    fill(api, 30)
    counts = Counter[str]()

    def refuse(asked: ReceivedRequest) -> Answer | None:
        counts[asked.path] += 1
        if counts.total() % 3 == 0 and counts[asked.path] < 2:
            return refusal(429, "Slow down.", "rate_limit_exceeded", retry_after_ms="5")
        return None

    api.refuse = refuse
    run = export()

    assert run.returncode == 0, run.stderr
    assert max(counts.values()) > 1
    assert exported(folder) == kept(api)


def test_attachments_are_fetched_and_missing_ones_are_told(
    api: HostedApi, folder: Path, export: Any
) -> None:
    """The key goes to the API's own host alone. One that is gone, one without a link, and one
    whose id is no name for a file, end nothing.
    """
    picture = api.add_file("a", b"PNG")
    elsewhere = HostedApi()
    with elsewhere.serving():
        foreign = elsewhere.add_file("b", b"other")
        files = [
            attached("file_a", picture),
            attached("file_b", foreign),
            attached("file_gone", f"{api.url}/links/gone"),
            attached("file_pdf", None, "file"),
            attached("../../etc/passwd", picture),
        ]
        one = thread(1)
        api.add(one, [said(one["id"], 0, "Look", attachments=files)])
        run = export()

    assert run.returncode == 0, run.stderr
    assert (folder / "attachments/file_a").read_bytes() == b"PNG"
    assert (folder / "attachments/file_b").read_bytes() == b"other"
    assert len([*(folder / "attachments").iterdir()]) == 3
    assert "cthr_0001: attachment file_gone: its link answers 404" in run.stderr
    assert "cthr_0001: attachment file_pdf: the API gives no link to it" in run.stderr
    assert "1 threads, 1 items, 3 attachments (2 missing)" in run.stdout
    (asked,) = elsewhere.asked
    assert "authorization" not in asked.headers
    assert exported(folder) == kept(api)


def test_a_thread_that_is_deleted_meanwhile_is_left_out(
    api: HostedApi, folder: Path, export: Any
) -> None:
    """The others come."""
    fill(api, 3)

    def forget(asked: ReceivedRequest) -> Answer | None:
        gone = asked.path.endswith("cthr_0001/items")
        return refusal(404, "No such thread.", "not_found") if gone else None

    api.refuse = forget
    assert export().returncode == 0
    assert [line["thread"]["id"] for line in exported(folder)] == ["cthr_0000", "cthr_0002"]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "OPENAI_API_KEY must be a key of the project"),
        (403, "hosted ChatKit has ended"),
        (404, "hosted ChatKit has ended"),
        (410, "hosted ChatKit has ended"),
        (422, "Run the same command again"),
    ],
)
def test_a_refusal_says_what_to_do(
    api: HostedApi, folder: Path, export: Any, status: int, says: str
) -> None:
    """In a sentence, without a traceback; what was written stays."""
    fill(api, 3)
    assert export().returncode == 0
    api.refuse = lambda _: refusal(status, "No more.", "ended")

    run = export()

    assert run.returncode == 1
    assert says in run.stderr
    assert "Traceback" not in run.stderr
    assert exported(folder) == kept(api)


def test_without_a_key_nothing_is_asked(api: HostedApi, folder: Path, export: Any) -> None:
    """It says which variable is missing."""
    run = export(key="")
    assert (run.returncode, api.asked) == (1, [])
    assert "OPENAI_API_KEY" in run.stderr
