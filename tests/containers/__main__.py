"""`python -m tests.containers` runs the images and the compose file on a Docker engine."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.containers import own_engine
from tests.containers.engine import VARIABLE, Engine, clean_environment
from tests.containers.own_engine import NotPossible, OwnEngine
from tests.containers.stand_ins import make_stand_ins

ROOT = Path(__file__).parents[2]
WORK = Path(tempfile.gettempdir()) / "turnstream-containers"
"""Where an engine of our own has all its files."""
HELP = """\
Builds the images from the Dockerfile, starts docker-compose.yml with two workers, and hurts it:
workers that are killed, everything restarted in the middle of an answer, all of it killed at once.
Then an app of one's own, made by `turnstream new`, and the servers that tests have in containers.

It takes the Docker engine that answers, with the official base images. Where none does, and as root
on Linux, it makes one of its own, in a Debian root by debootstrap, with base images rebuilt from
Debian's packages and from wheels: for that it needs a Debian mirror and a package registry, and no
image registry. Nothing of it is left on the machine afterwards.

examples:
  python -m tests.containers                     everything, 10 to 20 minutes
  python -m tests.containers --engine own        without the Docker engine of this machine
  python -m tests.containers -- -k workers       some of it: what comes after -- is for pytest
  python -m tests.containers --shell             a shell beside the engine, before any test
  python -m tests.containers --clean             remove what a killed run left
"""


def main() -> None:
    """Run the tests, or what was asked for; the exit code is that of pytest."""
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was made is removed then, too
    if asked.clean:
        OwnEngine(WORK).remove()
        return
    try:
        with ExitStack() as stack:
            engine, beside = _choose(asked.engine, stack)
            sys.exit(_shell(engine, beside) if asked.shell else _test(engine, beside, asked.pytest))
    except NotPossible as reason:
        sys.exit(f"containers: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)


def _choose(wanted: str, stack: ExitStack) -> tuple[Engine, Sequence[str]]:
    """An engine for the length of the stack, and what runs a command in its network."""
    present = _present_engine(stack) if wanted != "own" else None
    if present is not None:
        _say("the Docker engine of this machine")
        return present, ()
    if wanted == "present":
        raise NotPossible("no Docker engine answers; `docker info` says why")
    if missing := own_engine.what_is_missing():
        raise NotPossible(f"no Docker engine answers, and for one of our own: {missing}")
    if WORK.exists():
        raise NotPossible(f"{WORK} exists: another run, or what a killed one left (--clean)")
    began = time.monotonic()
    WORK.mkdir()
    own = OwnEngine(WORK)
    stack.callback(own.remove)
    _say("no Docker engine: making one in a Debian root, a minute or so")
    own.make_root()
    engine = own.start()
    make_stand_ins(engine, own.base)
    version = engine.docker("version", "--format", "{{.Server.Version}}").strip()
    compose = engine.docker("compose", "version", "--short").strip()
    _say(f"Docker {version}, compose {compose}, after {time.monotonic() - began:.0f} s")
    return engine, own.beside()


def _present_engine(stack: ExitStack) -> Engine | None:
    command = clean_environment()
    ended = subprocess.run([*command, "docker", "info"], capture_output=True, check=False)
    if ended.returncode != 0:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="turnstream-containers-"))
    return Engine(command, folder, folder, host="", own=False)


def _test(engine: Engine, beside: Sequence[str], arguments: Sequence[str]) -> int:
    tests = str(Path(__file__).parent.relative_to(ROOT))
    pytest = [sys.executable, "-m", "pytest", tests, "-n0", "-v", "--durations=8", *arguments]
    variable = f"{VARIABLE}={engine.as_variable()}"
    return subprocess.run([*beside, "env", variable, *pytest], check=False, cwd=ROOT).returncode


def _shell(engine: Engine, beside: Sequence[str]) -> int:
    _say("published ports are on 127.0.0.1 here; leaving ends everything. Commands of the engine:")
    _say(" ".join([*engine.command, "docker", "…"]))
    return subprocess.run([*beside, "bash"], check=False).returncode


def _say(text: str) -> None:
    print(f"containers: {text}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.containers",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    engines = ("any", "present", "own")
    parser.add_argument("--engine", choices=engines, default="any", help="which engine to take")
    parser.add_argument("--shell", action="store_true", help="a shell beside the engine, no tests")
    parser.add_argument("--clean", action="store_true", help="remove what a killed run left")
    parser.add_argument("pytest", nargs="*", metavar="-- ARGUMENT", help="for pytest, such as -k")
    return parser


if __name__ == "__main__":
    main()
