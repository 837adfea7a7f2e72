"""`turnstream up`, `dev` and `new`: the commands for the machine on which an app is written."""

import argparse
import os
import shlex
import sys
from functools import partial
from pathlib import Path

from turnstream.cli.parsers import EXAMPLES, Commands

from turnstream_devstack.new_project import DEFAULT, ORIGINS, ProjectNotMade, new_project
from turnstream_devstack.options import PREFIX

_OPTIONS = ("PORT", "DATA_DIR", "WORKERS", "SLOTS", "GATEWAYS", "ASSISTANT")
"""Settings that are options of a command as well."""


def add_up(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "up",
        help="run everything on this machine until Ctrl-C",
        description="Run everything on this machine until Ctrl-C: the services, and a Valkey and\n"
        "a Postgres with their data in DATA_DIR, unless REDIS_URL and DATABASE_URL are set.",
        epilog="""\
the bundled guide, or an app in the current folder:
  turnstream up
  turnstream up my_app:create
beside another one, with more workers:
  turnstream up --port 9000 --data-dir /tmp/second --workers 4
Other settings are environment variables, or lines of .env in the current folder.""",
        formatter_class=EXAMPLES,
    )
    _add_options(adding)
    adding.set_defaults(run=_up)


def add_dev(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "dev",
        help="run everything on this machine, with the app's newest code",
        description="Run everything on this machine until Ctrl-C, and open the chat page. When a\n"
        "file of the app is saved, workers with the new code take over: what is being answered\n"
        "ends, or goes on with them. Code that does not load takes over nothing.",
        epilog="""\
an app in the current folder, or the bundled guide:
  turnstream dev my_app:create
  turnstream dev
reload when a prompt changes too:
  turnstream dev my_app:create --watch prompts
Other settings are environment variables, or lines of .env in the current folder.""",
        formatter_class=EXAMPLES,
    )
    _add_options(adding)
    adding.add_argument(
        "--watch",
        metavar="PATH",
        type=Path,
        action="append",
        default=[],
        help="a file, or a folder with all in it, that is watched like the Python files below the"
        " current folder; may be repeated",
    )
    adding.add_argument("--no-open", action="store_true", help="do not open the chat page")
    adding.set_defaults(run=_dev)


def add_new(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "new",
        help="begin an app: write a small project with tests and containers",
        description="Begin an app: write a small project into a new folder. It has an assistant,\n"
        "a tool that shows what it does, tests, and files for containers. It needs no key.",
        epilog="""\
an app from nothing, called after its folder:
  turnstream new my-app
from what you have: a ChatKitServer, a workflow of Agent Builder, a graph of LangGraph:
  turnstream new my-app --from stock
  turnstream new my-app --from agent-builder
  turnstream new work/my-app --from langgraph
then, in the new folder:
  pip install -e ".[dev]" && pytest && turnstream dev""",
        formatter_class=EXAMPLES,
    )
    adding.add_argument(
        "folder",
        metavar="NAME",
        type=Path,
        help="the project's name: small letters, digits and hyphens; or a folder whose last part"
        " is the name",
    )
    adding.add_argument(
        "--from", dest="origin", choices=ORIGINS, help="what you have (default: nothing yet)"
    )
    adding.set_defaults(run=_new)


def _add_options(adding: argparse.ArgumentParser) -> None:
    adding.add_argument(
        "assistant", metavar="module:factory", nargs="?", help="the app (default: ASSISTANT)"
    )
    adding.add_argument("--port", type=int, help="of the first gateway (default: PORT, else 8000)")
    adding.add_argument(
        "--data-dir", help="for data, logs and pid files (default: DATA_DIR, else .data)"
    )
    adding.add_argument("--workers", type=int, help="how many (default: WORKERS, else 2)")
    adding.add_argument("--slots", type=int, help="turns of a worker (default: SLOTS, else 50)")
    adding.add_argument("--gateways", type=int, help="how many (default: GATEWAYS, else 1)")


def _up(options: argparse.Namespace) -> int:
    _forget_app_path()
    from turnstream_devstack.up import up

    return up(given=_given(options))


def _dev(options: argparse.Namespace) -> int:
    missing = [str(each) for each in options.watch if not each.exists()]
    if missing:
        print(f"turnstream dev: --watch: there is no {', '.join(missing)}", file=sys.stderr)
        return 2
    _forget_app_path()
    from turnstream_devstack.dev import developing
    from turnstream_devstack.up import up

    browser = not options.no_open
    serving = partial(developing, watched=options.watch, browser=browser)
    return up(given=_given(options), serving=serving)


def _new(options: argparse.Namespace) -> int:
    folder = options.folder
    try:
        new_project(folder, options.origin or DEFAULT)
    except (ProjectNotMade, OSError) as failure:
        print(f"turnstream new: {failure}", file=sys.stderr)
        return 1
    print(f"{folder} is there. Now:")
    print(f"  cd {shlex.quote(str(folder))}")
    print('  pip install -e ".[dev]" && pytest')
    print("  turnstream dev")
    return 0


def _given(options: argparse.Namespace) -> dict[str, str]:
    """What the command line says, as settings."""
    chosen = {name: getattr(options, name.lower()) for name in _OPTIONS}
    return {f"{PREFIX}{name}": str(value) for name, value in chosen.items() if value is not None}


def _forget_app_path() -> None:
    """A file of an app must not be imported in place of what the supervisor needs."""
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    of_app = {os.path.abspath(each) for each in named if each}
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) not in of_app]
