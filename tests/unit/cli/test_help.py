"""The help of the commands teaches: every example in it is a command that exists."""

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from turnstream.cli import main as cli
from turnstream.errors import OutOfRoom, TurnstreamError, UserBeingErased
from turnstream.http.problems import Failure, problem

COMMANDS = sorted(each.name for each in entry_points(group=cli.COMMANDS))


def help_of(*command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        cli.main([*command, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_can_be_typed(
    command: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "users.csv").touch()  # one example reads it
    monkeypatch.chdir(tmp_path)
    text = help_of(command, capsys=capsys)
    lines = [line.strip() for line in text.splitlines()]
    typed = [re.sub(r"^([A-Z_]+=\S+ )+", "", line) for line in lines]
    examples = [line for line in typed if line.split()[:2] == ["turnstream", command]]

    assert examples
    for example in examples:
        cli._parser().parse_args(shlex.split(re.split(r" [<>|] ", example)[0])[1:])


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys=capsys)
    for command in COMMANDS:
        assert command in text


def test_a_command_whose_reader_went_away_ends_quietly() -> None:
    """As `turnstream … | head` does: with the status that shells have for it."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        ended = subprocess.run(
            [sys.executable, "-m", "turnstream.cli", "completion", "bash"],
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, "")


def test_the_help_waits_for_no_sdk() -> None:
    """What a command needs is imported when it runs: the SDK alone takes two seconds."""
    heavy = ("agents", "chatkit", "fastapi", "faststream", "openai", "sqlalchemy")
    program = (
        "import sys; from turnstream.cli import main; main._parser();"
        f" print(*[each for each in {heavy} if each in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (said.returncode, said.stdout.strip()) == (0, "")


def test_a_store_that_is_away_is_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback; the exit status says that it failed."""
    code = cli.main(["--store-url", "http://127.0.0.1:1", "outbox"])

    assert code == 1
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "turnstream: The store does not answer.",
        "Is the store up at http://127.0.0.1:1?",
    ]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_a_shell_completes_commands_and_their_options() -> None:
    """As bash itself says after it has read the script."""
    asked = (
        'eval "$("$0" -m turnstream.cli completion bash)";'
        "COMP_WORDS=(turnstream dead-letters re); COMP_CWORD=2; "
        "$(complete -p turnstream | sed 's/.*-F \\([^ ]*\\).*/\\1/'); echo ${COMPREPLY[@]}"
    )
    told = subprocess.run(
        ["bash", "-c", asked, sys.executable], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["requeue"]


@pytest.mark.parametrize("refusal", [UserBeingErased, OutOfRoom])
async def test_a_store_that_refuses_for_a_while_is_up(
    refusal: type[TurnstreamError], capsys: pytest.CaptureFixture[str]
) -> None:
    """What it said is told, and nobody is sent to look whether it runs."""

    async def refuse(_: web.Request) -> web.Response:
        answer = problem(Failure.of(refusal("Come back.")))
        return web.Response(body=bytes(answer.body), status=answer.status_code)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app) as server:
        typed = ["--store-url", str(server.make_url("")), "outbox"]
        assert await asyncio.to_thread(cli.main, typed) == 1

    assert capsys.readouterr().err == "turnstream: Come back.\n"
