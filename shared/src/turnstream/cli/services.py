"""`turnstream gateway`, `worker`, `tools`, `store`, `migrate`: one service, as in production.

Each is an entry point of the package whose program it runs: it exists where that is installed. The
functions are here because `--help` must not import a service.
"""

import argparse
import importlib
import os
from collections.abc import Callable

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.process import app_path
from turnstream.settings import PREFIX

_SETTINGS = "Settings such as REDIS_URL are environment variables. SIGTERM ends it in order."


def add_gateway(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "gateway",
        help="run a gateway: it takes requests and streams the answers",
        description="Run a gateway: it takes ChatKit requests and streams the answers.\n"
        + _SETTINGS,
        epilog="""\
  INTERNAL_KEY=… STORE_URL=http://store:8001 turnstream gateway
its port, and the same gateway to anyone who reaches this machine:
  PORT=9000 HOST=0.0.0.0 AUTH=sessions turnstream gateway""",
        formatter_class=EXAMPLES,
    )
    adding.set_defaults(run=_runs("turnstream_gateway"))


def add_worker(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "worker",
        help="run an agent-worker: it runs the turns of an app",
        description=f"Run an agent-worker: it runs the turns of an app.\n{_SETTINGS}",
        epilog="""\
an app in the current folder, or in any package that is installed:
  INTERNAL_KEY=… STORE_URL=http://store:8001 turnstream worker my_app:create
the same, with twice as many turns at a time:
  ASSISTANT=my_app:create SLOTS=100 turnstream worker""",
        formatter_class=EXAMPLES,
    )
    adding.add_argument(
        "app", metavar="module:factory", nargs="?", help="the app (default: ASSISTANT)"
    )
    adding.set_defaults(run=_runs_app("turnstream_worker"))


def add_tools(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "tools",
        help="run a tools service: it runs tool calls, each once",
        description=f"Run a tools service: it runs tool calls, each once.\n{_SETTINGS}",
        epilog="""\
tools in the current folder, or in any package that is installed:
  INTERNAL_KEY=… STORE_URL=http://store:8001 TOOLS=shop.tools turnstream tools""",
        formatter_class=EXAMPLES,
    )
    adding.set_defaults(run=_runs_app("turnstream_tools"))


def add_store(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "store",
        help="run a store: it keeps threads, turns and all else in Postgres",
        description=f"Run a store: it keeps threads, turns and all else in Postgres.\n{_SETTINGS}",
        epilog="""\
after `turnstream migrate`:
  INTERNAL_KEY=… DATABASE_URL=postgresql+asyncpg://… turnstream store""",
        formatter_class=EXAMPLES,
    )
    adding.set_defaults(run=_runs("turnstream_store", "serve"))


def add_migrate(commands: Commands) -> None:
    """Add the command."""
    adding = commands.add_parser(
        "migrate",
        help="bring the database to this version, and end",
        description="Bring the database to this version, and end. Run it before the services of a\n"
        "new version. Several at once do no harm, nor does one with nothing to do. It leaves a\n"
        "database alone that a newer version migrated.",
        epilog="""\
  DATABASE_URL=postgresql+asyncpg://… turnstream migrate
as another user than the store's, who owns the tables:
  DATABASE_URL=… MIGRATION_DATABASE_URL=postgresql+asyncpg://… turnstream migrate
what would run, and whether services may go on meanwhile:
  DATABASE_URL=… turnstream migrate --check

exit statuses of --check:
   0  the database is at this version
  10  migrations are pending, and all are online: services of the version before go on meanwhile
  11  migrations are pending, and one is not: stop the services first
  12  the database is newer and still serves this version: as for a rollback, nothing to do
  13  the database is newer and does not serve this version (`migrate` itself ends with it too)
  69  no database answers; 78  it refuses us, or a setting is wrong""",
        formatter_class=EXAMPLES,
    )
    adding.add_argument(
        "--check", action="store_true", help="tell what would run, and change nothing"
    )
    adding.set_defaults(run=_migrate)


def _migrate(options: argparse.Namespace) -> int:
    return _runs("turnstream_store", "migrate", *(["--check"] if options.check else []))(options)


def _runs(package: str, *arguments: str) -> Callable[[argparse.Namespace], int]:
    """Run a package's program, which reads its own settings and ends with its own exit status."""

    def run(_options: argparse.Namespace) -> int:
        importlib.import_module(f"{package}.__main__").main(*arguments)
        return 0

    return run


def _runs_app(package: str) -> Callable[[argparse.Namespace], int]:
    """Run a program that imports an app: from the current folder too, which `python -m` does and a
    console script does not.
    """
    run_package = _runs(package)

    def run(options: argparse.Namespace) -> int:
        app_path.add(os.getcwd())  # noqa: PTH109  # without `pathlib`: see `app_path`
        if getattr(options, "app", None):
            os.environ[f"{PREFIX}ASSISTANT"] = options.app
        return run_package(options)

    return run
