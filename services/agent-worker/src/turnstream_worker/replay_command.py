"""`turnstream replay`. It stands outside of `testing`, which brings the SDK along: what it needs is
imported when it runs, so that `turnstream --help` stays fast.
"""

import argparse
import os
import sys
from pathlib import Path

from turnstream.cli.parsers import EXAMPLES, Commands

_SAME, _DIFFERS, _CANNOT = 0, 1, 2
PARTS = ("instructions", "tools", "settings", "input", "calls", "items", "events", "end")


def add(commands: Commands) -> None:
    """Add the command."""
    replay = commands.add_parser(
        "replay",
        help="run a recorded turn against today's code, without a model, and say what differs",
        description="Run the turn of a file that `turnstream record` wrote in this process: your\n"
        "app as it is now, the model's answers and the results of tools as they were. Say\n"
        "what differs first: what the app asks its models, what it shows, how it ends. No\n"
        "model and no tool is called; code of yours around them runs.\n"
        "The exit status is 0 when nothing differs, 1 when something does, and 2 when it\n"
        "can't be run.",
        epilog="""\
a turn of yesterday against the code of today; one that uses tools of your own:
  turnstream replay turn_0198c5.json --app my_app:create
  turnstream replay turn_0198c5.json --app my_app:create --tools my_app.tools
the same with your tools of today, and without looking at instructions, which hold a date:
  turnstream replay turn_0198c5.json --app my_app:create --run-tools --ignore instructions
Run it where the app's packages are installed, with the app's own environment variables.""",
        formatter_class=EXAMPLES,
    )
    replay.add_argument("file", type=Path, help="what `turnstream record` wrote")
    replay.add_argument(
        "--app",
        metavar="module:factory",
        default=os.environ.get("ASSISTANT"),
        help="the app (default: ASSISTANT)",
    )
    replay.add_argument(
        "--tools",
        metavar="MODULES",
        default=os.environ.get("TOOLS", ""),
        help="modules of its tools (default: TOOLS)",
    )
    replay.add_argument(
        "--run-tools", action="store_true", help="run the tools, with their effects"
    )
    replay.add_argument(
        "--ignore",
        metavar="PART",
        action="append",
        default=[],
        choices=PARTS,
        help=f"a part that may differ, more than once if need be: {', '.join(PARTS)}",
    )
    replay.add_argument("--verbose", action="store_true", help="what a worker logs, too")
    replay.set_defaults(run=_run)


async def _run(options: argparse.Namespace) -> int:
    from turnstream.settings import ConfigurationError, Settings
    from turnstream.telemetry import set_up

    from turnstream_worker.loading import AssistantNotLoaded
    from turnstream_worker.testing import replay
    from turnstream_worker.testing.recordings.replaying import CannotReplay, UnreadableRecording

    level = Settings().log_level if options.verbose else "CRITICAL"
    set_up("replay", Settings(log_level=level))
    if not options.app:
        return _refused("Name your app: --app module:factory.")
    try:
        result = await replay(
            options.file,
            options.app,
            tools=options.tools,
            run_tools=options.run_tools,
            ignore=options.ignore,
        )
    except (CannotReplay, UnreadableRecording, AssistantNotLoaded, ConfigurationError) as error:
        return _refused(str(error))
    print(result)
    return _SAME if result.difference is None else _DIFFERS


def _refused(why: str) -> int:
    print(f"turnstream: {why}", file=sys.stderr)
    return _CANNOT
