"""What `make up` shows, and what it says of a service that refused a setting."""

from datetime import timedelta
from pathlib import Path

import pytest
from turnstream_devstack import screen
from turnstream_devstack.processes.child import last_log_line
from turnstream_devstack.stack import Stack


@pytest.mark.parametrize(("env", "shown"), [({}, True), ({"CONSOLE": "false"}, False)])
def test_it_says_where_the_console_is(
    env: dict[str, str], shown: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And which command makes a key for it; where there is one."""
    stack = Stack(tmp_path, env=env, redis_url="redis://r", database_url="postgresql://p")
    screen.ready(stack, timedelta(seconds=1))
    said = capsys.readouterr().out
    assert ("/console" in said) is ("turnstream console" in said) is shown


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"service": "store", "problem": "LEASE=\'x\': write"}', "store: LEASE='x': write"),
        ('{"service": "store", "event": "started"}', '{"service": "store", "event": "started"}'),
        ("Traceback", "Traceback"),
        ('"words"', '"words"'),
    ],
)
def test_the_last_words_of_a_service_are_for_people(line: str, words: str, tmp_path: Path) -> None:
    """Its problem with a setting, out of the line of JSON that its log has."""
    log = tmp_path / "store.log"
    log.write_text(f"something\n{line}\n")
    assert last_log_line(log) == words
