"""`python -m tests.chaos` hurts a running system for a while and prints a scorecard."""

import argparse
import fnmatch
import sys

from tests.chaos.door import DEV
from tests.chaos.driver import Plan, run_all
from tests.chaos.scenario import Scenario
from tests.chaos.scenarios import ALL
from tests.support.browsers import chromium

HELP = """\
Starts the whole system with a scripted model, kills, freezes and starves parts of it in the middle
of turns, and checks each time that the client's transcript is what is stored, that the turn ended
once, that nothing is in progress, and that no tool effect or model answer happened twice.

examples:
  python -m tests.chaos                                  every scenario, the long form
  python -m tests.chaos --short                          one run of what make test leaves out
  python -m tests.chaos --scenario worker-kill --runs 5  one scenario, five runs
  python -m tests.chaos --scenario 'guide*'              every demonstration of the guide
  python -m tests.chaos --auth jwt,sessions              users who have to prove who they are
  python -m tests.chaos --seed 7                         every scenario, with other random choices
  python -m tests.chaos --scenario 'two-versions*' --runs 1 --minutes 60
                                                         an hour of deploys and rollbacks, twice
"""

SHORT = (
    "worker-kill-default",
    "tools-kill",
    "store-kill",
    "redis-pause",
    "browser",
    "clock-skew",
    "poison",
    "limits",
)
"""The scenarios of `--short`, about four minutes: what a change may break and `test_short_form`
does not run."""


def main() -> None:
    """Run the scenarios that were asked for; exit with 1 when a run failed."""
    asked = _parser().parse_args()
    names = [each.name for each in ALL]
    if asked.list:
        for each in ALL:
            print(f"{each.name:32} {each.runs:4} runs  {each.promise}")
        return
    patterns = asked.scenario or (list(SHORT) if asked.short else ["*"])
    runs = 1 if asked.short and asked.runs is None else asked.runs
    unknown = [each for each in patterns if not fnmatch.filter(names, each)]
    if unknown:
        sys.exit(f"no scenario {', '.join(unknown)}; --list tells the names")
    chosen = [
        each for each in _runnable() if any(fnmatch.fnmatch(each.name, one) for one in patterns)
    ]
    plan = Plan(chosen, asked.seed, runs, asked.lease, asked.first, asked.auth, asked.minutes)
    try:
        sys.exit(0 if run_all(plan) else 1)
    except KeyboardInterrupt:
        sys.exit(130)  # the scorecard of what was run is printed already


def _runnable() -> list[Scenario]:
    """Every scenario, without the one that needs a browser where there is none."""
    if chromium() is not None:
        return ALL
    print("browser is left out: it needs Chromium, Chrome or Edge, or CHROMIUM=<program>")
    return [each for each in ALL if each.name != "browser"]


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
    parser.add_argument(
        "--auth",
        default=DEV,
        help="how users are known, such as jwt,sessions (default dev)",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=0.0,
        help="how long each run of two-versions goes on (default: one deploy and one rollback)",
    )
    parser.add_argument("--short", action="store_true", help="one run of some of the scenarios")
    parser.add_argument("--list", action="store_true", help="list the scenarios and leave")
    return parser


if __name__ == "__main__":
    main()
