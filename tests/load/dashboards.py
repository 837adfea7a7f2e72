"""`python -m tests.load.dashboards http://127.0.0.1:9090`: which panels have no data.

Asks a Prometheus for each query of each dashboard and each recording rule, as Grafana would, and
counts the series that it answers with.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Set
from pathlib import Path
from typing import NamedTuple

from tests.support.watching.prometheus import ask

FOLDER = Path(__file__).parents[2] / "deploy/grafana"
_RATE = "10m"
"""What is put in for `$__rate_interval`: long enough for all that a short load did to count."""


class DashboardQuery(NamedTuple):
    """A query, and where it stands."""

    dashboard: str
    panel: str
    expr: str


def queries() -> Iterator[DashboardQuery]:
    """Every query of every panel, with the variables as anyone who opens a dashboard has them."""
    for path in sorted(FOLDER.glob("*.json")):
        dashboard = json.loads(path.read_text())
        names = [each["name"] for each in dashboard["templating"]["list"]]
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                expr = target["expr"].replace("$__rate_interval", _RATE)
                for name in names:
                    expr = expr.replace(f"${name}", ".*")
                yield DashboardQuery(path.stem, panel["title"], expr)


def series(prometheus: str, expr: str) -> int:
    """How many series a query has now, without those that are no number."""
    found = ask(prometheus, "query", query=expr)["result"]
    return sum(each["value"][1] != "NaN" for each in found)


def report(prometheus: str, unseen: Set[tuple[str, str]] = frozenset()) -> bool:
    """Print a line for each query without data; False when one has none that should have some."""
    asked = list(queries())
    empty = [each for each in asked if not series(prometheus, each.expr)]
    for each in empty:
        print(f"no data: {each.dashboard}, {each.panel}: {each.expr}")
    print(f"{len(asked) - len(empty)} of {len(asked)} queries have data")
    return {(each.dashboard, each.panel) for each in empty} <= unseen


def main() -> int:
    """1 when a query has no data."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.dashboards", description=__doc__)
    parser.add_argument("prometheus", help="its address, as http://127.0.0.1:9090")
    return 0 if report(parser.parse_args().prometheus.rstrip("/")) else 1


if __name__ == "__main__":
    sys.exit(main())
