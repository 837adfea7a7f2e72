"""What `make up` shows."""

import os
import platform
import sys
from datetime import timedelta
from pathlib import Path

from turnstream_devstack.processes.account import postgres_programs, server_account
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

_HELLO = (
    '{"type": "threads.create", "params": {"input": {"content": [{"type": "input_text", '
    '"text": "What is the weather in Lisbon?"}], "attachments": [], "inference_options": {}}}}'
)

_NEW_KEY = "turnstream keys create --tenant default --scope sessions:write"


def say(line: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def opening(data_dir: Path) -> None:
    """First line, before anything is started."""
    home = shown(Path(sys.prefix))
    say(f"Turnstream: python {platform.python_version()} in {home}, data in {shown(data_dir)}")


def stage(name: str, took: timedelta) -> None:
    """One finished stage."""
    say(f"  {name:<12}{took.total_seconds():5.1f} s")


def event(text: str) -> None:
    """An event that nobody asked for, such as a restart."""
    say(f"  {text}")


def ready(stack: Stack, took: timedelta) -> None:
    """All that one needs to know of a running stack; the last line is for scripts."""
    stage("ready", took)
    say()
    if stack.valkey is not None:
        _row("valkey", f"127.0.0.1:{stack.valkey.port}", stack.valkey.pid)
    if stack.postgres is not None:
        _row("postgres", f"127.0.0.1:{stack.postgres.port}", stack.postgres.pid)
        if server_account() is not None:  # we are root, and should say what we do with it
            say(f"  {'':<16}as nobody, with the programs in {shown(postgres_programs())}")
    for service in stack.services.values():
        _row(service.name, service.url, _pid(service))
    where = shown(stack.data_dir)
    first = stack.gateway_urls[0] if stack.gateway_urls else ""
    say()
    say(f"  chat        {first}/")
    if stack.has_console:
        say(f"  console     {first}/console, with a key of {_command(stack, 'turnstream console')}")
    say(f"  logs        {where}/log/<name>.log")
    say(f"  addresses   {where}/run/{{redis,postgres,store}}.url, {where}/run/internal.key")
    say(f"  is it right {_command(stack, 'turnstream doctor')}")
    say("  stop        Ctrl-C")
    if "dev" in stack.auth:
        say("  try         in another terminal:")
        say()
        say(f"curl -N {first}/chatkit -H 'Content-Type: application/json' \\\n  -d '{_HELLO}'")
    else:
        say("  a key       for your server, in another terminal:")
        say()
        say(_command(stack, _NEW_KEY))
    say()
    say(f"ready {first}")


def _command(stack: Stack, command: str) -> str:
    """A command line for this stack, from here."""
    where = shown(stack.data_dir)
    elsewhere = "" if where == ".data" else f"DATA_DIR={where} "
    return f"{elsewhere}{shown(Path(sys.prefix))}/bin/{command}"


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _row(name: str, address: str, pid: int | None) -> None:
    say(f"  {name:<16}{address:<24}pid {pid or '-'}")


def _pid(service: Service) -> int | None:
    return service.pid if service.alive else None
