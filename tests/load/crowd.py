"""Many turns streaming at once, and what is left behind when they end."""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from turnstream_devstack.stack import Stack

from tests.load import k6
from tests.load.leftovers import leftovers
from tests.load.report import print_report
from tests.load.scenario import Scenario
from tests.load.viewers import watch_turns


def _run(options: argparse.Namespace) -> bool:
    env = {"DEMO_TOKEN_DELAY": "30ms", "SLOTS": str(options.turns), "OPENAI_API_KEY": ""}
    with tempfile.TemporaryDirectory() as directory:
        print(f"starting a system: 1 gateway, {options.workers} workers …", flush=True)
        stack = Stack(Path(directory), workers=options.workers, env={**os.environ, **env})
        with stack:
            gateway = stack.gateway_urls[0]
            print(f"{options.turns} turns at once, each counting to {options.words} …", flush=True)
            watched = asyncio.run(watch_turns(gateway, options.turns, options.words))
            clean = print_report(watched, leftovers(stack))
            if options.k6:
                print("the same through k6 …", flush=True)
                clean &= k6.run(gateway, options.turns, options.words)
    return clean


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=300, help="turns at once (%(default)s)")
    parser.add_argument("--words", type=int, default=100, help="length of an answer (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="agent workers (%(default)s)")
    parser.add_argument("--no-k6", dest="k6", action="store_false", help="leave k6 out")


CROWD = Scenario(
    "crowd", "Every turn of a crowd ends well, and nothing is left behind.", _run, _add_options
)
