"""`turnstream`: one command for all that is done with a deployment, from its first start on."""

from turnstream.process import app_path

with app_path.AppFoldersLast():  # a file of an app must not be imported in place of what is ours
    import argparse
    import asyncio
    import inspect
    import os
    import sys
    from collections.abc import Iterable, Sequence
    from importlib.metadata import EntryPoint, entry_points

    from turnstream.errors import TurnstreamError, Unavailable
    from turnstream.version import VERSION

COMMANDS = "turnstream.commands"
"""The entry points by which packages bring their commands: functions that add one to a parser."""

_INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
_NOBODY_READS = 141
"""Exit status after SIGPIPE, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did what was asked, 1 with the reason on stderr when not. Where its
    reader went away, as in `turnstream … | head`, it ends without a word.
    """
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()  # also of what `--help` wrote
    except BrokenPipeError:  # of a connection it would have come as one of our own errors
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the exit
        return _NOBODY_READS


def _run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
    try:
        running = options.run(options)
        code: int = asyncio.run(running) if inspect.iscoroutine(running) else running
        return code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except TurnstreamError as error:
        print(f"turnstream: {error.detail}", file=sys.stderr)
        if isinstance(error, Unavailable) and isinstance(error.__cause__, OSError):
            # Nobody answered. What the store itself refuses for a while has its own words.
            print(f"Is the store up at {options.store_url}?", file=sys.stderr)
        return 1


def _parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="turnstream",
        description="Run and operate a Turnstream deployment. Commands that operate one ask its"
        " store, so run them where it can be reached.",
        epilog="`turnstream COMMAND --help` tells what a command does and shows examples.",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument(
        "--store-url",
        default="",
        help="the store's address, with user:password@ if it asks for them (default: STORE_URL,"
        " else that of `make up` with this DATA_DIR)",
    )
    parser.add_argument(
        "--key",
        help="what the store asks for: a server key with the scope operator, or the internal key;"
        " - reads it from the input, so that no list of processes shows it (default: INTERNAL_KEY,"
        " else that of `make up` with this DATA_DIR)",
    )
    parser.set_defaults(whole=_parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    with app_path.AppFoldersLast():
        for each in _wanted(arguments):
            each.load()(commands)
    return parser


def _wanted(arguments: Sequence[str]) -> Iterable[EntryPoint]:
    """The commands that the arguments name, so that no other has to be imported; else all."""
    found = sorted(entry_points(group=COMMANDS), key=lambda each: each.name)
    return [each for each in found if each.name in arguments] or found
