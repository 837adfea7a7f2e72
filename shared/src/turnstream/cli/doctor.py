"""`turnstream doctor`: the command."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from turnstream.cli import deployment
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.doctor import report
from turnstream.doctor.environment import complete_environment
from turnstream.doctor.examination import examine, names
from turnstream.doctor.probe import Target
from turnstream.errors import BadRequest


def add(commands: Commands) -> None:
    """Add the command."""
    doctor = commands.add_parser(
        "doctor",
        help="look whether a set-up is right, and say what to do where it is not",
        description="Look at a set-up part by part: settings, packages, ports, Redis, Postgres,\n"
        "store, assistant, model and tools, and what a browser meets at the gateway.\n"
        "The exit status is 1 if something failed.",
        epilog="""\
beside `make up`, or where a service runs, with its environment:
  turnstream doctor
what a browser meets, through the proxy in front:
  turnstream doctor --gateway https://chat.example --origin https://shop.example --bearer -
in continuous integration:
  turnstream doctor --only settings,pins,assistant --strict --json
A model call is the only thing that costs money; leave it out with --only.""",
        formatter_class=EXAMPLES,
    )
    doctor.set_defaults(run=_run)
    doctor.add_argument(
        "--gateway", type=_address, help="where browsers find it: https://chat.example"
    )
    doctor.add_argument(
        "--origin",
        default="",
        help="the origin of the pages that call the gateway: https://shop.example",
    )
    doctor.add_argument(
        "--bearer",
        default="",
        help="a token, client secret or server key of a user; - reads it from the input",
    )
    doctor.add_argument(
        "--user", default=Target.user, help="the user's name with AUTH=dev (default %(default)s)"
    )
    doctor.add_argument(
        "--only", type=_probes, default=(), help="some probes alone, with commas between"
    )
    doctor.add_argument("--strict", action="store_true", help="a warning is a failure")
    doctor.add_argument("--json", action="store_true", help="a JSON list, for another program")
    doctor.add_argument(
        "--env-file",
        type=Path,
        default=Path(".env"),
        help="settings that the environment does not have (default %(default)s, if it is there)",
    )


async def _run(options: argparse.Namespace) -> int:
    complete_environment(options.env_file)
    examined = await examine(_target(options), options.only)
    if options.json:
        print(report.as_json(examined))
    else:
        coloured = report.wants_colours(terminal=sys.stdout.isatty())
        for line in report.lines(examined, coloured=coloured):
            print(line)
    return report.exit_code(examined, strict=options.strict)


def _target(options: argparse.Namespace) -> Target:
    if [options.bearer, options.key].count("-") > 1:
        raise BadRequest("Only one of --bearer and --key can be read from the input.")
    read = sys.stdin.readline().strip() if "-" in (options.bearer, options.key) else ""
    key = read if options.key == "-" else options.key
    return Target(
        gateway=options.gateway or deployment.gateway_url(),
        origin=options.origin,
        bearer=read if options.bearer == "-" else options.bearer,
        user=options.user,
        store_url=options.store_url or deployment.store_url(),
        key=key or deployment.key(),
    )


def _address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise argparse.ArgumentTypeError("write it as https://chat.example")
    return text.rstrip("/")


def _probes(text: str) -> Sequence[str]:
    wanted = text.replace(",", " ").split()
    unknown = [each for each in wanted if each not in names()]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]}: use {', '.join(names())}")
    return wanted
