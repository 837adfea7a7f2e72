"""`turnstream check-transcript` says where a saved stream breaks the protocol."""

import io
import json
import sys
from pathlib import Path

import pytest
from turnstream.cli import main as cli
from turnstream.conformance.saved import judge

from tests.support.broken_streams import ANSWER, ASKED, CREATED, Json

GOOD = [CREATED, ASKED, *ANSWER]
TWICE = [*GOOD, ANSWER[-1]]


def sse(*events: Json) -> bytes:
    """The stream as curl saves it: two lines for each event."""
    return b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events)


def json_lines(*events: Json) -> bytes:
    return "\n".join(json.dumps(event) for event in events).encode()


@pytest.mark.parametrize(("saved", "line"), [(sse(*TWICE), 13), (json_lines(*TWICE), 7)])
def test_a_fault_has_its_line(saved: bytes, line: int) -> None:
    report = judge(saved)
    assert report.events == 7
    assert [(each.rule.id, each.line) for each in report.violations] == [
        ("stream.items-end-once", line)
    ]


@pytest.mark.parametrize("end", [b": end completed\n\n", b"event: end\ndata: {}\n\n"])
def test_nothing_may_follow_the_end_that_turnstream_tells(end: bytes) -> None:
    assert judge(b": accepted\nid: 0-0\n\n" + sse(*GOOD) + end).violations == []
    late = judge(sse(*GOOD) + end + sse({"type": "progress_update", "text": "late"}))
    assert [each.rule.id for each in late.violations] == ["stream.nothing-after-end"]


def test_a_line_that_is_no_json_is_told() -> None:
    (fault,) = judge(b"data: {broken\n\n").violations
    assert (fault.rule.id, fault.line) == ("stream.event-shape", 1)


def test_a_stream_that_was_cut_has_open_items() -> None:
    (fault,) = judge(sse(*GOOD[:-1])).violations
    assert (fault.rule.id, fault.line) == ("stream.items-end", None)


def test_the_command_shows_faults_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.sse"
    file.write_bytes(sse(*TWICE))
    assert cli.main(["check-transcript", str(file)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].split()[:4] == ["line", "13", "MUST", "stream.items-end-once:"]
    assert told[-1] == "7 events, 1 faults"


def test_the_command_reads_its_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json_lines(*GOOD))))
    assert cli.main(["check-transcript", "-", "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_a_file_without_events_is_no_success(tmp_path: Path) -> None:
    """A pipe that broke must not pass in CI."""
    file = tmp_path / "empty"
    file.touch()
    assert cli.main(["check-transcript", str(file)]) == 1
    assert cli.main(["check-transcript", str(tmp_path / "missing")]) == 1
