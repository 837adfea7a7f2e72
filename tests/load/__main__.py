"""`python -m tests.load [SCENARIO]`: a running system under load. Without a name, all scenarios."""

import argparse
import sys

from tests.load.abusers import ABUSERS
from tests.load.crowd import CROWD
from tests.load.neighbours import NEIGHBOURS
from tests.load.observed import OBSERVED

SCENARIOS = (
    CROWD,
    NEIGHBOURS,
    ABUSERS,
    OBSERVED,
)


def main() -> int:
    """Run the scenarios that were asked for; 1 when one of them did not keep its promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    commands = parser.add_subparsers(metavar="SCENARIO", dest="scenario")
    parsers = {}
    for each in SCENARIOS:
        parsers[each.name] = commands.add_parser(each.name, help=each.promise)
        each.add_options(parsers[each.name])
    options = parser.parse_args()
    chosen = [each for each in SCENARIOS if options.scenario in (None, each.name)]
    kept = True
    for each in chosen:
        print(f"== {each.name}: {each.promise}", flush=True)
        its_options = options if options.scenario else parsers[each.name].parse_args([])
        kept &= each.run(its_options)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
