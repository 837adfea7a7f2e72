"""`python -m tests.soak` keeps a system under traffic for an hour and says what grows."""

import argparse
import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from tests.soak.run import Plan, SoakResult, run
from tests.soak.slopes import table

HELP = """\
Starts the whole system with a scripted model. Users write, wait, stop, reload, send files, read,
rate and delete; now and then something is killed, frozen or cut off. Every few seconds it reads
memory, descriptors, connections, keys in Redis, and the sizes of tables and indexes. At the end it
prints the slope of each, and exits with 1 when something grew that should be flat, when an answer
came out wrong, or when something was left behind.

examples:
  python -m tests.soak                        an hour
  python -m tests.soak --minutes 10           as each night in CI: logs in Redis are not judged
  python -m tests.soak --chaos 0 --users 20   nothing breaks, more users
"""
_SHOWN = 20


def main() -> int:
    """Run, print, write `--json`; 1 when it did not pass."""
    asked = _parser().parse_args()
    # A worker that is killed leaves the played model alone in the middle of an answer.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    plan = Plan(asked.minutes, asked.users, asked.chaos, asked.seed)
    data_dir = Path(tempfile.mkdtemp(prefix="turnstream-soak-"))
    print(f"starting a system in {data_dir}; {plan.minutes:g} minutes of traffic", flush=True)
    found = run(plan, data_dir, lambda line: print(line, flush=True))
    _report(found)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(found.as_json(), indent=1) + "\n")
    print(f"every reading: {asked.json}")
    if found.passed:
        shutil.rmtree(data_dir, ignore_errors=True)
        return 0
    print(f"logs: {data_dir / 'log'}")
    return 1


def _report(found: SoakResult) -> None:
    for name, counts in (("done", found.visits), ("mischief", found.mischief)):
        told = ", ".join(f"{what} {count}" for what, count in counts.most_common())
        print(f"{name}: {told or 'nothing'}")
    print(f"\n{table(found.growths)}\n")
    grown = sorted(
        ((sizes[-1][1] - sizes[0][1]) / 2**20, name) for name, sizes in found.tables.items()
    )
    told = ", ".join(f"{name} {grew:+.1f} MB" for grew, name in reversed(grown[-5:]))
    print(f"tables that grew most since the start: {told}")
    for title, lines in (("failed", found.failures), ("left behind", found.left)):
        print(f"{title}: {len(lines) or 'nothing'}")
        for line in lines[:_SHOWN]:
            print(f"  {line}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="of traffic (%(default)g)")
    parser.add_argument("--users", type=int, default=6, help="at the same time (%(default)s)")
    parser.add_argument(
        "--chaos", type=float, default=0.01, help="chance that something breaks (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("build/soak.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
