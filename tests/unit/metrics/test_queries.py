"""Dashboards and rules ask for series that there are, by labels that these have."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.dashboards.__main__ import FOLDER, files
from checks.promql import Selector, selectors
from tests.support.watching.metric_catalogue import catalogue, exposed

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy/prometheus/rules.yml"
OF_PROMETHEUS = frozenset({"job", "instance"})
"""Labels that every series has once it is scraped."""
OF_THE_CLIENT = frozenset({"up", "process_cpu_seconds_total", "process_resident_memory_bytes"})
"""Series of Prometheus and its client for Python."""


def rules() -> Iterator[dict[str, Any]]:
    """The rules of every group."""
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from group["rules"]


def recorded() -> dict[str, frozenset[str]]:
    """What the recording rules make, with the labels that they leave."""
    made = {}
    for rule in rules():
        if "record" in rule:
            left = [each.labels for each in selectors(rule["expr"].replace("le,", ""))]
            made[rule["record"]] = frozenset().union(*left)
    return made


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every panel that asks for something, with the name of its dashboard."""
    for path in sorted(FOLDER.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                yield path.stem, panel


def asked() -> Iterator[tuple[str, str]]:
    """Every expression, with where it stands."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for name, panel in panels():
        for target in panel["targets"]:
            yield f"{name}: {panel['title']}", target["expr"]
    for path in FOLDER.glob("*.json"):
        for variable in json.loads(path.read_text())["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = variable["definition"][len("label_values(") : -1].split(", ")
                yield f"{path.stem}: {variable['name']}", f"sum by ({label}) ({metric})"


@pytest.mark.parametrize(("where", "expr"), [pytest.param(*each, id=each[0]) for each in asked()])
def test_what_is_asked_for_exists(where: str, expr: str) -> None:
    """A name that was changed in the code alone would leave an alert that never fires."""
    known = exposed(catalogue()) | recorded()
    found = list(selectors(expr))
    assert found, where
    for name, labels in found:
        if name in OF_THE_CLIENT:
            continue
        assert name in known, f"{where} asks for {name}"
        assert labels - OF_PROMETHEUS <= known[name], f"{where}: {name} by {sorted(labels)}"


def test_expressions_are_read_as_prometheus_reads_them() -> None:
    """Names and labels, and no function, string, duration or word of the language."""
    expr = (
        'sum by (le, code) (rate(a_total{b=~"c{}(",d!="e"}[5m])) > on () (max(f offset 15m)'
        " or vector(0)) and 1e3 < histogram_quantile(0.95, g_bucket)"
    )
    by = frozenset({"le", "code"})
    assert list(selectors(expr)) == [
        Selector("a_total", by | {"b", "d"}),
        Selector("f", by),
        Selector("g_bucket", by),
    ]


def test_the_dashboards_are_those_that_are_described() -> None:
    """`make api` writes them."""
    assert {path: path.read_text() for path in FOLDER.glob("*.json")} == files()


def test_each_panel_says_what_it_is_about() -> None:
    """With a description, a unit, and the datasource that its viewer chose."""
    for name, panel in panels():
        assert panel["description"], (name, panel["title"])
        assert panel["fieldConfig"]["defaults"]["unit"], (name, panel["title"])
        assert panel["datasource"]["uid"] == "${datasource}"


def test_each_alert_says_what_to_do() -> None:
    """To the person whom it wakes, without another page."""
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
            assert rule["annotations"]["summary"], rule["alert"]
            assert rule["annotations"]["runbook"], rule["alert"]
