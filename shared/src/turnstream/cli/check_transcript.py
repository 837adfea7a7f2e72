"""`turnstream check-transcript`: the grammar of a saved stream."""

import argparse
import sys
from pathlib import Path

import orjson

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable
from turnstream.errors import BadRequest


def add(commands: Commands) -> None:
    """Add the command."""
    checking = commands.add_parser(
        "check-transcript",
        help="judge a saved stream of ChatKit events, of any server",
        description="Judge a saved stream of ChatKit events: nothing updated before it is added,\n"
        "each item ended once, deltas that add up, and so on. Say each fault with its line. The\n"
        "exit status is 1 if a rule was broken that must be kept.",
        epilog="""\
a stream as curl saved it, one from another program, and events as JSON lines:
  turnstream check-transcript answer.sse
  turnstream check-transcript -
  turnstream check-transcript events.jsonl --json
`turnstream conformance` judges the streams of a running server, and the rest of the protocol.""",
        formatter_class=EXAMPLES,
    )
    checking.set_defaults(run=_run)
    checking.add_argument("file", metavar="FILE", help="SSE or JSON lines; - is the input")
    checking.add_argument(
        "--limit", type=int, default=20, help="faults to show (default %(default)s)"
    )
    checking.add_argument("--json", action="store_true", help="JSON lines, for another program")


def _run(options: argparse.Namespace) -> int:
    from turnstream.conformance.rules import Level
    from turnstream.conformance.saved import judge

    report = judge(_read(options.file))
    for each in report.violations[: options.limit]:
        rule, detail = each.rule, printable(each.detail)
        finding = {"line": each.line, "level": rule.level, "rule": rule.id, "detail": detail}
        where = f"line {each.line}" if each.line else "at the end"
        line = f"{where:>10}  {rule.level:<6}  {rule.id}: {detail}"
        print(orjson.dumps(finding).decode() if options.json else line)
    if not options.json:
        faults = len(report.violations)
        more = faults - options.limit
        shown = f", {more} not shown" if more > 0 else ""
        print(f"{report.events} events, {faults} faults{shown}")
    broken = any(each.rule.level is Level.MUST for each in report.violations)
    return 1 if broken or not report.events else 0


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise BadRequest(f"{file} can't be read: {error.strerror}.") from error
