"""`turnstream chat`: talk to a deployment from a terminal."""

import argparse
import asyncio
import sys

from turnstream.chat.client import ChatClient
from turnstream.chat.talk import Talk
from turnstream.cli import deployment
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.conformance.requests import ChatRequest
from turnstream.errors import BadRequest, TurnstreamError

_PROMPT = "> "


def add(commands: Commands) -> None:
    """Add the command."""
    chat = commands.add_parser(
        "chat",
        help="talk to an assistant from this terminal",
        description="Send messages to a gateway and read along with the answers. A lost\n"
        "connection is taken up where it broke. Ctrl-C stops an answer; at the prompt it\n"
        "ends the chat.",
        epilog="""\
what runs here; one question in a script; a thread that goes on; where users log in:
  turnstream chat
  turnstream chat "weather in Oslo"
  turnstream chat --thread thr_0198c5
  turnstream chat --url https://chat.example --bearer - < token.txt
The buttons of a card have numbers, which are typed. Where a page would be asked to do
something, the assistant is told that there is none.""",
        formatter_class=EXAMPLES,
    )
    chat.set_defaults(run=_run)
    chat.add_argument("message", nargs="?", help="say this alone, and end with its answer")
    chat.add_argument(
        "--url",
        default=deployment.gateway_url() or "http://127.0.0.1:8000",
        help="the gateway (default: that of `turnstream up` with this DATA_DIR)",
    )
    chat.add_argument("--user", help="who you are where AUTH is dev")
    chat.add_argument(
        "--bearer", help="a token, a client secret or a key; - reads it from the input"
    )
    chat.add_argument("--thread", metavar="ID", help="go on with this thread")


def _run(options: argparse.Namespace) -> int:
    client = ChatClient(options.url, _credentials(options))
    talk = Talk(client, options.thread, sys.stdout, input)
    with asyncio.Runner() as runner:
        try:
            if options.message is not None:
                return (
                    0 if runner.run(talk.send(talk.request(options.message))) == "completed" else 1
                )
            _converse(runner, talk)
        finally:
            runner.run(client.aclose())
    if talk.thread_id is not None:
        print(f"to go on: turnstream chat --thread {talk.thread_id}")
    return 0


def _converse(runner: asyncio.Runner, talk: Talk) -> None:
    """Ask and answer until the user has enough.

    The prompt waits outside the event loop, where Ctrl-C is what it is everywhere.
    """
    while True:
        try:
            said = input(_PROMPT).strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not said:
            continue
        try:
            request: ChatRequest | None = talk.request(said)
            while request is not None:
                status = runner.run(talk.send(request))
                request = talk.next_request() if status == "completed" else None
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        except TurnstreamError as error:  # the conversation goes on after it
            print(f"turnstream: {error.detail}", file=sys.stderr)


def _credentials(options: argparse.Namespace) -> dict[str, str]:
    if options.bearer and options.user:
        raise BadRequest("Give --bearer or --user: a bearer says who you are.")
    if options.bearer:
        token = sys.stdin.readline().strip() if options.bearer == "-" else options.bearer
        return {"Authorization": f"Bearer {token}"}
    return {"X-User-Id": options.user} if options.user else {}
