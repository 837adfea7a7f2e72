"""`turnstream`: the commands of an operator."""

import argparse
import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import orjson
from stamina.instrumentation import set_on_retry_hooks

from turnstream.cli import deployment, privacy
from turnstream.cli import failures as failure_commands
from turnstream.cli.keys import add_keys, key_lines
from turnstream.cli.parts import EXAMPLES, Commands, printable, store_of, whose
from turnstream.cli.tenants import add_tenants, tenant_lines
from turnstream.cli.usage import DEFAULT_SINCE, add_usage, usage_lines
from turnstream.contracts.store_api import Feedback, FeedbackKind
from turnstream.contracts.turns import DeadLetter
from turnstream.errors import TurnstreamError
from turnstream.settings import parse_duration
from turnstream.store_client import StoreClient

_PAGE = 500
"""Ratings that the store gives at a time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did what was asked, 1 with the reason on stderr when not."""
    options = _parser().parse_args(arguments)
    set_on_retry_hooks([])  # the outcome is told once, at the end, not with every try
    try:
        code: int = asyncio.run(options.run(options))
        return code
    except TurnstreamError as error:
        print(f"turnstream: {error.detail}", file=sys.stderr)
        if error.retryable:
            print(f"Is the store up at {options.store_url}?", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="turnstream",
        description="Operate a Turnstream deployment. The commands ask the store, so run them where"
        " it can be reached.",
        epilog="`turnstream COMMAND --help` tells what a command does and shows examples.",
    )
    parser.add_argument(
        "--store-url",
        default=deployment.store_url(),
        help="the store's address, with user:password@ if it asks for them (default: STORE_URL,"
        " else that of `make up` with this DATA_DIR, now %(default)s)",
    )
    parser.add_argument(
        "--key",
        help="what the store asks for: a server key with the scope operator, or the internal key;"
        " - reads it from the input, so that no list of processes shows it (default: INTERNAL_KEY,"
        " else that of `make up` with this DATA_DIR)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_failures(commands)
    _add_dead_letters(commands)
    _add_feedback(commands)
    _add_emails(commands)
    add_keys(commands).set_defaults(run=_printing(key_lines))
    add_tenants(commands).set_defaults(run=_printing(tenant_lines))
    usage = add_usage(commands)
    usage.set_defaults(run=_printing(usage_lines))
    _add_listing(usage, since=datetime.now(UTC) - DEFAULT_SINCE)
    privacy.add_erase(commands).set_defaults(run=_erase)
    privacy.add_export(commands).set_defaults(run=_printing(privacy.export))
    privacy.add_hold(commands).set_defaults(run=_printing(privacy.hold_lines))
    audit = privacy.add_audit(commands)
    audit.set_defaults(run=_printing(privacy.audit_lines))
    _add_listing(audit)
    _add_check(commands)
    return parser


def _add_failures(commands: Commands) -> None:
    failures = commands.add_parser(
        "failures",
        help="list turns that failed, and count them by code; show all that is known of one",
        description=failure_commands.DESCRIPTION,
        epilog=failure_commands.EXAMPLES,
        formatter_class=EXAMPLES,
    )
    failures.set_defaults(run=_printing(failure_commands.failure_lines))
    failures.add_argument("turn_id", nargs="?", help="show this one, as JSON")
    failures.add_argument("--code", help="only turns that failed with this code")
    _add_listing(failures, since=datetime.now(UTC) - failure_commands.DEFAULT_SINCE)


def _add_dead_letters(commands: Commands) -> None:
    letters = commands.add_parser(
        "dead-letters",
        help="list, show and requeue turns that failed past their attempts",
        description="A dead letter is a turn that failed as often as it may: its model or its code"
        " raised\nerrors that could pass, or its workers died. Its user saw an error.",
        epilog="""\
find out why, mend the cause, then run the turn again:
  turnstream dead-letters list
  turnstream dead-letters show turn_0198c5
  turnstream dead-letters requeue turn_0198c5
What the turn did before it failed (model answers, tool calls) is not done again.""",
        formatter_class=EXAMPLES,
    )
    letters.set_defaults(run=_dead_letters)
    actions = letters.add_subparsers(dest="action", required=True)
    listing = actions.add_parser(
        "list", help="newest first, a line each: turn, time of its end, owner, kind, error code"
    )
    listing.add_argument("--limit", type=int, default=50, help="how many (default %(default)s)")
    for name, text in (
        ("show", "one of them with its error and its request, as JSON"),
        ("requeue", "run it again with fresh attempts; its thread must have no active turn"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("turn_id", help="as `list` prints it")


def _add_feedback(commands: Commands) -> None:
    feedback = commands.add_parser(
        "feedback",
        help="list what users think of their answers",
        description="List ratings, newest first, a line each: time, kind, owner, thread, item.",
        epilog="""\
the bad answers of today, and all ratings for another program:
  turnstream feedback --kind negative --since 24h
  turnstream feedback --limit 100000 --json > ratings.jsonl""",
        formatter_class=EXAMPLES,
    )
    feedback.set_defaults(run=_feedback)
    feedback.add_argument(
        "--kind", choices=get_args(FeedbackKind), help="only ratings of this kind"
    )
    _add_listing(feedback)


def _add_emails(commands: Commands) -> None:
    emails = commands.add_parser(
        "outbox",
        help="list emails that users agreed to send",
        description="List emails, newest first, a line each: time, owner, recipient, subject.\n"
        "Turnstream sends none: a mailer of yours reads them here.",
        epilog="""\
what came since the last look, for a mailer:
  turnstream outbox --since 2026-01-31T12:00 --json""",
        formatter_class=EXAMPLES,
    )
    emails.set_defaults(run=_emails)
    _add_listing(emails)


def _add_check(commands: Commands) -> None:
    checking = commands.add_parser(
        "check",
        help="load apps as a worker would, and say what will not work in them",
        description="Load an app as a worker would: import its factory, start it and stop it. Say\n"
        "what will not work, with file, line and remedy. The exit status is 1 if a\n"
        "worker would refuse the app or warn of it.",
        epilog="""\
before the first start, and in the app's continuous integration:
  turnstream check my_app.server:create
  turnstream check my_app.server:create --json
all that a worker here would load, by ASSISTANT and WORKFLOWS:
  turnstream check
Run it where the app's packages are installed, with the app's own environment variables.""",
        formatter_class=EXAMPLES,
    )
    checking.set_defaults(run=_check)
    checking.add_argument(
        "app",
        metavar="module:factory",
        nargs="?",
        help="an app (default: those that ASSISTANT and WORKFLOWS name)",
    )
    checking.add_argument("--json", action="store_true", help="a JSON list, for another program")


def _add_listing(listing: argparse.ArgumentParser, since: datetime | None = None) -> None:
    told = f" (default: {_ago(since)})" if since else ""
    listing.add_argument(
        "--since",
        type=moment,
        default=since,
        help=f"not older than this: 90m, 24h, or a date and time (ISO 8601){told}",
    )
    listing.add_argument(
        "--limit", type=int, default=50, help="how many at most (default %(default)s)"
    )
    listing.add_argument("--json", action="store_true", help="JSON lines, for another program")


def _ago(since: datetime) -> str:
    hours = round((datetime.now(UTC) - since).total_seconds() / 3600)
    return f"{hours // 24}d" if hours > 24 else f"{hours}h"


def moment(text: str) -> datetime:
    """A point in time: so long ago, or as written; in local time unless it says otherwise."""
    ago = parse_duration(text)
    if isinstance(ago, timedelta):
        return datetime.now(UTC) - ago
    return datetime.fromisoformat(text).astimezone()


def _printing(
    lines: Callable[[StoreClient, argparse.Namespace], Awaitable[list[str]]],
) -> Callable[[argparse.Namespace], Awaitable[int]]:
    """A command that prints what a function finds out at the store."""

    async def run(options: argparse.Namespace) -> int:
        async with store_of(options) as client:
            for line in await lines(client, options):
                print(line)
        return 0

    return run


async def _erase(options: argparse.Namespace) -> int:
    async with store_of(options) as client:
        lines, left = await privacy.erase(client, options)
    print(*lines, sep="\n")
    return 1 if left else 0


async def _dead_letters(options: argparse.Namespace) -> int:
    async with store_of(options) as client:
        if options.action == "list":
            _print_list(await client.dead_letters.newest(options.limit))
        elif options.action == "show":
            letter = await client.dead_letters.show(options.turn_id)
            document = letter.model_dump(mode="json")
            print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        else:
            await client.dead_letters.requeue(options.turn_id)
            print(f"{options.turn_id} is queued again")
    return 0


async def _feedback(options: argparse.Namespace) -> int:
    """Read page after page, because the store limits a page."""
    left, after = options.limit, None
    async with store_of(options) as client:
        while left > 0:
            page = await client.feedback.newest(
                limit=min(left, _PAGE), after=after, kind=options.kind, since=options.since
            )
            for rating in page.data:
                print(rating.model_dump_json() if options.json else _line(rating))
            left, after = left - len(page.data), page.after
            if after is None:
                break
    return 0


async def _emails(options: argparse.Namespace) -> int:
    async with store_of(options) as client:
        for email in await client.emails.newest_of_all(limit=options.limit, since=options.since):
            at = email.created_at.isoformat(timespec="seconds")
            line = f"{at}  {whose(email.tenant, email.owner)}  {email.recipient}  {email.subject}"
            print(email.model_dump_json() if options.json else printable(line))
    return 0


async def _check(options: argparse.Namespace) -> int:
    try:  # by name: this package stands below the worker's, which may not be installed
        report = importlib.import_module("turnstream_worker.checks.report")
    except ModuleNotFoundError as error:
        raise TurnstreamError(
            f"{error}: install turnstream-agent-worker to check an app."
        ) from error
    code: int = await report.check(options.app, as_json=options.json)
    return code


def _line(rating: Feedback) -> str:
    at = rating.created_at.isoformat(timespec="seconds")
    owner = whose(rating.tenant, rating.owner)
    return f"{at}  {rating.kind}  {owner}  {rating.thread_id}  {rating.item_id}"


def _print_list(letters: list[DeadLetter]) -> None:
    if not letters:
        print("no dead letters")
    for letter in letters:
        ended = letter.ended_at.isoformat(timespec="seconds")
        owner = whose(letter.tenant, letter.owner)
        print(f"{letter.turn_id}  {ended}  {owner}  {letter.kind}  {letter.error.code}")
