"""`turnstream conformance`: whether a running server keeps the ChatKit protocol."""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from turnstream.cli.options import duration
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.errors import TurnstreamError, Unavailable

if TYPE_CHECKING:
    from turnstream.conformance.examination import Plan

_PROMPTS = {
    "prompt": ("hello", "what is said where any answer does"),
    "slow-prompt": ("slow", "asks for a long answer, which is stopped and dropped on the way"),
    "client-tool-prompt": ("client_tool", "makes the assistant call a function of the page"),
    "question-prompt": ("question", "makes the assistant ask for structured input"),
    "widget-prompt": ("widget", "brings a widget with an action"),
    "quiet-prompt": ("quiet", "takes long before the first word; keep-alives are judged by it"),
}
_KEPT_IN_ENVIRONMENT = "CONFORMANCE_BEARER"
"""The token of the first user, so that no list of processes shows it."""


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser(
        "conformance",
        help="examine any ChatKit server: requests, streams, errors, paging, isolation",
        description="Examine a running ChatKit server of any make from outside: all sixteen\n"
        "requests, the order of events, what is stored, errors, paging, lost connections.\n"
        "It makes some twenty threads of the user that it is given. The exit status is 1 if\n"
        "a rule was broken that must be kept.",
        epilog=f"""\
a server on this machine; one with tokens and two users; another header than Authorization:
  turnstream conformance http://127.0.0.1:8000/chatkit
  turnstream conformance https://chat.example.org/chatkit --bearer eyJ1 --other-bearer eyJ2
  turnstream conformance http://127.0.0.1:8000 --header "X-User-Id: a" --other-header "X-User-Id: b"
a part of it:
  turnstream conformance http://127.0.0.1:8000 --only paging,errors.unknown-thread
in CI, with failures that are known and accepted:
  turnstream conformance http://127.0.0.1:8000 --json --known ids.long,sse.not-cached > report.json
{_KEPT_IN_ENVIRONMENT} may hold the token instead of --bearer. A rule is skipped where the
assistant never does what it is about: choose prompts that make yours do it.""",
        formatter_class=EXAMPLES,
    )
    command.set_defaults(run=_run)
    command.add_argument(
        "url", metavar="URL", help="the ChatKit endpoint; /chatkit unless it has a path"
    )
    _add_users(command)
    for option, (_, text) in _PROMPTS.items():
        command.add_argument(f"--{option}", metavar="TEXT", help=text)
    _add_judgement(command)


def _add_users(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bearer", metavar="TOKEN", help="the user's token")
    command.add_argument("--other-bearer", metavar="TOKEN", help="a second user's token")
    for option, whose in (("--header", "the user"), ("--other-header", "a second user")):
        command.add_argument(
            option,
            metavar="'NAME: VALUE'",
            action="append",
            type=_header,
            help=f"by which {whose} is known; may be repeated",
        )


def _add_judgement(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--silence",
        type=duration,
        default="30s",
        help="the longest silence in a stream (default: %(default)s)",
    )
    command.add_argument(
        "--timeout",
        type=duration,
        default="60s",
        help="the longest that an answer may take (default: %(default)s)",
    )
    command.add_argument(
        "--only",
        metavar="ID,ID",
        type=_ids,
        default=(),
        help="rules to examine: ids, or how they begin, such as paging",
    )
    command.add_argument(
        "--known",
        metavar="ID,ID",
        type=_ids,
        default=frozenset(),
        help="known failures: these do not count, but a pass does",
    )
    command.add_argument("--json", action="store_true", help="a JSON document, for another program")


async def _run(options: argparse.Namespace) -> int:
    from turnstream.conformance import report, suite

    try:
        found = await suite.examine(_plan(options), options.only)
    except Unavailable as error:  # it is not our store that is away
        raise TurnstreamError(error.detail) from error
    if options.json:
        print(report.as_json(found))
    else:
        for line in report.lines(found, options.known):
            print(line)
    passing = options.known - {each.rule.id for each in found.failed}
    if passing:
        print(f"known, but not broken: {', '.join(sorted(passing))}", file=sys.stderr)
    unknown = [each for each in found.broken if each.rule.id not in options.known]
    return 1 if unknown or passing else 0


def _plan(options: argparse.Namespace) -> "Plan":
    from turnstream.conformance.examination import Plan, Prompts
    from turnstream.conformance.visitor import Target, endpoint

    given = {name: _option(options, option) for option, (name, _) in _PROMPTS.items()}
    bearer = options.bearer or os.environ.get(_KEPT_IN_ENVIRONMENT)
    headers = _headers(bearer, options.header)
    return Plan(
        Target(endpoint(options.url), headers, options.timeout.total_seconds()),
        other_headers=_headers(options.other_bearer, options.other_header) or None,
        identified=bearer is not None,
        prompts=Prompts(**{name: text for name, text in given.items() if text is not None}),
        silence=options.silence,
    )


def _ids(text: str) -> frozenset[str]:
    return frozenset(filter(None, (each.strip() for each in text.split(","))))


def _option(options: argparse.Namespace, option: str) -> str | None:
    text: str | None = getattr(options, option.replace("-", "_"))
    return text


def _headers(bearer: str | None, given: list[tuple[str, str]] | None) -> Mapping[str, str]:
    authorization = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return {**authorization, **dict(given or ())}


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is no header: write NAME: VALUE")
    return name.strip(), value.strip()
