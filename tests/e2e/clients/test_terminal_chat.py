"""`turnstream chat`: a conversation in a terminal, over the protocol that pages use."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest
from turnstream_devstack.stack import Stack

from tests.support.waiting import NeverHappened, wait_until

CHAT = [sys.executable, "-m", "turnstream.cli", "chat"]
_users = count(1)

Chat = Callable[..., list[str]]


@pytest.fixture
def command(demo: Stack) -> Chat:
    """The command line of a user of its own."""
    named = ["--url", demo.gateway_urls[0], "--user", f"terminal-{next(_users)}"]
    return lambda *more: [*CHAT, *named, *more]


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, program: subprocess.Popen[bytes], screen: int) -> None:
        self.program, self._screen, self._seen = program, screen, ""

    def until(self, text: str) -> str:
        """All that was shown by the time that this text is; then the screen counts as empty."""

        def shown() -> bool:
            ready, _, _ = select.select([self._screen], [], [], 0)
            if ready:
                with suppress(OSError):  # the program has ended, and its terminal with it
                    self._seen += os.read(self._screen, 4096).decode()
            return text in self._seen

        try:
            wait_until(shown, timeout=30)
        except NeverHappened as error:
            raise AssertionError(f"{text!r} never came, but {self._seen!r}") from error
        seen, self._seen = self._seen, ""
        return seen

    def type(self, line: str) -> None:
        os.write(self._screen, f"{line}\n".encode())

    def interrupt(self) -> None:
        self.program.send_signal(signal.SIGINT)


def _take_interrupts() -> None:
    """Anyone who runs tests in the background of a shell has a process that ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def terminal(program: list[str]) -> Iterator[Terminal]:
    screen, inside = pty.openpty()
    running = subprocess.Popen(
        program, stdin=inside, stdout=inside, stderr=inside, preexec_fn=_take_interrupts
    )
    os.close(inside)
    try:
        yield Terminal(running, screen)
        running.wait(timeout=20)
    finally:
        running.kill()
        running.wait()
        os.close(screen)


def said(program: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(program, capture_output=True, text=True, timeout=60)


def test_one_question_in_a_script_is_answered_on_the_output(command: Chat) -> None:
    ended = said(command("weather in Oslo"))

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("[")
    assert "Oslo" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_a_failure_has_an_exit_status_and_says_what_is_wrong(demo: Stack) -> None:
    refused = said([*CHAT, "--url", demo.gateway_urls[0], "--thread", "thr_none", "hello"])
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "thr_none" in refused.stderr

    away = said([*CHAT, "--url", "http://127.0.0.1:1", "hello"])
    assert away.returncode == 1
    assert "http://127.0.0.1:1 does not answer" in away.stderr


def test_a_conversation_goes_on_and_can_be_taken_up_later(command: Chat) -> None:
    with terminal(command()) as chat:
        chat.until("> ")
        chat.type("hello there")
        chat.until("> ")
        chat.type("what did I say first?")
        chat.until("> ")
        chat.type("\x04")
        told = chat.until("--thread thr_")
    thread = re.search(r"--thread (thr_\w+)", told)
    assert thread is not None

    assert said(command("--thread", thread[1], "and again")).returncode == 0


def test_ctrl_c_stops_the_answer_and_not_the_chat(command: Chat) -> None:
    with terminal(command()) as chat:
        chat.until("> ")
        chat.type("Please count to 900")
        chat.until("12")
        chat.interrupt()
        assert "[cancelled]" in chat.until("> ")
        chat.type("hello there")
        assert "[cancelled]" not in chat.until("> ")
        chat.interrupt()
        chat.until("to go on: turnstream chat --thread thr_")


def test_a_card_is_decided_by_the_number_of_its_button(command: Chat) -> None:
    """The email is sent once the user agrees."""
    with terminal(command()) as chat:
        chat.until("> ")
        chat.type("send an email to ann@example.com saying hello")
        offered = chat.until("> ")
        number = re.search(r"(\d)  (?:Send|Approve|Agree)[^\r\n]*", offered)
        assert number is not None, offered
        chat.type(number[1])
        assert "is on its way" in chat.until("> ")
        chat.type("\x04")


def test_a_page_that_is_not_there_is_told_to_the_assistant(command: Chat) -> None:
    """The turn behind it begins by itself, and the user reads its answer."""
    with terminal(command()) as chat:
        chat.until("> ")
        chat.type("dark theme please")
        shown = chat.until("> ")
        assert "asks the page: switch_theme" in shown
        chat.type("\x04")
