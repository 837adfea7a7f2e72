"""`Accept: text/plain`: an answer that a person reads along with, in `curl`."""

import shutil
import subprocess
from collections.abc import Iterator
from itertools import count

import orjson
import pytest
from turnstream_devstack.stack import Stack

from tests.support.turns import message

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

SEEN = ("-sN", "-D", "/dev/stderr", "--max-time", "30")
"""The answer as it comes on one pipe, its head on the other."""
_users = count(1)


@pytest.fixture
def curl(demo: Stack) -> Iterator["Curl"]:
    """Curl, as a user of its own."""
    yield Curl(demo.gateway_urls[0], f"reader-{next(_users)}")


class Curl:
    """Asks a gateway by `curl`."""

    def __init__(self, gateway: str, user: str) -> None:
        self.gateway, self.user = gateway, user

    def __call__(self, path: str, *options: str, accept: str = "text/plain") -> tuple[str, str]:
        """The head and the text of an answer."""
        named = [f"Accept: {accept}", f"X-User-Id: {self.user}"]
        headers = [word for each in named for word in ("-H", each)]
        told = subprocess.run(
            [
                "curl",
                "-sN",
                "-D",
                "/dev/stderr",
                "--max-time",
                "30",
                *headers,
                *options,
                f"{self.gateway}{path}",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stderr.lower(), told.stdout

    def say(self, text: str, accept: str = "text/plain") -> tuple[str, str]:
        """The answer to a message in a new thread."""
        body = orjson.dumps(message(text)).decode()
        return self("/chatkit", *posted(body), accept=accept)


def posted(body: str) -> tuple[str, ...]:
    return "-d", body, "-H", "Content-Type: application/json"


def turn_of(head: str) -> str:
    [line] = [each for each in head.splitlines() if each.startswith("turn-id:")]
    return line.partition(":")[2].strip()


def test_an_answer_reads_as_prose(curl: Curl) -> None:
    """What a tool reports and shows is there as lines, in its place."""
    head, answer = curl.say("weather in Oslo")

    assert "content-type: text/plain; charset=utf-8" in head
    assert "data:" not in answer
    assert "{" not in answer
    progress, _, rest = answer.partition("\n")
    assert progress.startswith("[")
    assert "Oslo" in rest
    assert answer.endswith("\n")
    assert not answer.endswith("\n\n")


def test_a_turn_is_read_again_as_the_same_prose(curl: Curl) -> None:
    """From the log, as from the answer itself."""
    head, answer = curl.say("hello there")
    assert curl(f"/turns/{turn_of(head)}/events")[1] == answer


def test_a_refusal_has_its_status_and_is_json(curl: Curl) -> None:
    head, problem = curl("/chatkit", *posted("{}"))
    assert head.startswith("http/1.1 400")
    assert orjson.loads(problem)["status"] == 400


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain, */*"])
def test_a_library_that_would_take_anything_gets_events(curl: Curl, accept: str) -> None:
    head, answer = curl.say("hello there", accept=accept)
    assert "content-type: text/event-stream" in head
    assert answer.startswith("data: ")
