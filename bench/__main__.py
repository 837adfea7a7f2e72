"""`python -m bench`: what a turn costs, beside the stock server and against the limits."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import beside_stock, capacity, door, machine, tracing
from bench.large import room
from bench.life import idle, start
from bench.limits import admission, flat, flush, relay, scale, streams, tenants, writes
from bench.plan import Plan, Tell
from bench.report import missed, table
from bench.rows import Section

HELP = """\
Starts the stock server as its documentation builds it (one process, in memory) and all of
Turnstream, both with the same app and the same scripted model behind HTTP, and lets them take
turns: a round of one, then a round of the other. Prints the medians of all rounds and their ratio,
and writes all figures as JSON.

  python -m bench                   everything but `large` (some minutes)
  python -m bench stock --quick     a first look, in less than two minutes
"""
MEASUREMENTS: dict[str, Callable[[Plan, Tell], list[Section]]] = {
    "stock": beside_stock.measure,
    "capacity": capacity.measure,
    "door": door.measure,
    "admission": admission.measure,
    "relay": relay.measure,
    "flush": flush.measure,
    "streams": streams.measure,
    "writes": writes.measure,
    "scale": scale.measure,
    "flat": flat.measure,
    "tenants": tenants.measure,
    "tracing": tracing.measure,
    "large": room.measure,
    "idle": idle.measure,
    "start": start.measure,
}
ON_REQUEST = ("large",)
"""Not part of everything: it fills a disk."""


def main() -> int:
    """Measure, print, and write `--json`. 1 with `--check` when an aim is missed."""
    asked = _parser().parse_args()
    plan = Plan(
        asked.model,
        asked.rounds,
        asked.turns,
        workers=asked.workers,
        threads=asked.threads,
        data=asked.data,
        plans=asked.plans,
    )
    if asked.quick:
        plan = Plan.quickly(plan)
    facts = machine.facts()
    sections: list[Section] = []
    try:
        for name in asked.what or [each for each in MEASUREMENTS if each not in ON_REQUEST]:
            for section in MEASUREMENTS[name](plan, _tell):
                print(table(section), end="\n\n", flush=True)
                sections.append(section)
    finally:
        found = [section.as_json() for section in sections]
        _write(asked.json, {"machine": facts, "plan": asdict(plan), "sections": found})
    late = missed(sections) if asked.check else []
    for name in late:
        print(f"aim missed: {name}", file=sys.stderr)
    return 1 if late else 0


def _write(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n")
    print(f"all figures: {path}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _name(text: str) -> str:
    if text not in MEASUREMENTS:
        raise argparse.ArgumentTypeError(f"nothing is called {text}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(MEASUREMENTS)
    parser.add_argument("what", nargs="*", type=_name, help=f"all, or some of: {names}")
    parser.add_argument("--model", choices=("http", "demo"), default="http", help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (%(default)s)")
    parser.add_argument("--turns", type=int, default=30, help="turns of a client (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="agent workers (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter rounds")
    parser.add_argument("--check", action="store_true", help="exit with 1 when an aim is missed")
    parser.add_argument("--plans", action="store_true", help="large: tell the plans of statements")
    parser.add_argument(
        "--threads", type=int, default=Plan.threads, help="large: threads to make (%(default)s)"
    )
    parser.add_argument("--data", type=Path, help="large: keep the databases here, for another run")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
