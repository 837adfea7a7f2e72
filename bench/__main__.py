"""`python -m bench`: Turnstream beside the stock ChatKit server, with the same app and model."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bench.report import table
from bench.rounds import Plan, measure

HELP = """\
Starts the stock server as its documentation builds it (one process, in memory) and all of
Turnstream, both with the same app and the same model, and lets them take turns: a round of one,
then a round of the other. Prints the medians of all rounds and their ratio, and writes all figures
as JSON.

  python -m bench                   the whole table (several minutes)
  python -m bench --rounds 2        a first look
"""


def main() -> int:
    """Measure, print, and write `--json`."""
    asked = _parser().parse_args()
    plan = Plan(rounds=asked.rounds, turns=asked.turns, workers=asked.workers)
    found = asyncio.run(measure(plan, lambda line: print(line, file=sys.stderr, flush=True)))
    print(table(found))
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(found, indent=2) + "\n")
    print(f"all figures: {asked.json}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (%(default)s)")
    parser.add_argument("--turns", type=int, default=30, help="turns of a client (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="agent workers (%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
