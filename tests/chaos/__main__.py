"""`python -m tests.chaos` hurts a running system for a while and prints a scorecard."""

import argparse
import fnmatch
import sys

from tests.chaos.driver import Plan, run_all
from tests.chaos.scenarios import ALL

HELP = """\
Starts the whole system with a scripted model, kills, freezes and starves parts of it in the middle
of turns, and checks each time that the client's transcript is what is stored, that the turn ended
once, that nothing is in progress, and that no tool effect or model answer happened twice.

examples:
  python -m tests.chaos                                  every scenario, the long form
  python -m tests.chaos --scenario worker-kill --runs 5  one scenario, five runs
  python -m tests.chaos --scenario 'guide*'              every demonstration of the guide
  python -m tests.chaos --seed 7                         every scenario, with other random choices
"""


def main() -> None:
    """Run the scenarios that were asked for; exit with 1 when a run failed."""
    asked = _parser().parse_args()
    names = [each.name for each in ALL]
    if asked.list:
        for each in ALL:
            print(f"{each.name:32} {each.runs:4} runs  {each.promise}")
        return
    patterns = asked.scenario or ["*"]
    unknown = [each for each in patterns if not fnmatch.filter(names, each)]
    if unknown:
        sys.exit(f"no scenario {', '.join(unknown)}; --list tells the names")
    chosen = [each for each in ALL if any(fnmatch.fnmatch(each.name, one) for one in patterns)]
    plan = Plan(chosen, asked.seed, asked.runs, asked.lease, asked.first)
    try:
        sys.exit(0 if run_all(plan) else 1)
    except KeyboardInterrupt:
        sys.exit(130)  # the scorecard of what was run is printed already


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, help="runs of each scenario, instead of its own number")
    parser.add_argument("--first", type=int, default=1, help="number of each one's first run")
    parser.add_argument("--seed", type=int, default=1, help="source of every random choice")
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="NAME", help="only this one; repeatable"
    )
    parser.add_argument("--lease", help="lease of the workers, instead of each scenario's own")
    parser.add_argument("--list", action="store_true", help="list the scenarios and leave")
    return parser


if __name__ == "__main__":
    main()
