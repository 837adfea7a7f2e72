"""The guide says of every alert what to do, at an anchor of its own."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.support.pages import DOCS
from tests.unit.metrics.test_queries import rules

_ROW = re.compile(r'^\| <a id="(\w+)"></a>`(\w+)` \| (\w+) \| (.+) \|$', re.MULTILINE)


class Row(NamedTuple):
    """A row of the guide's table."""

    anchor: str
    alert: str
    severity: str
    what_to_do: str


def rows(guide: str) -> Iterator[Row]:
    """The table of a language, in its order."""
    for found in _ROW.finditer((DOCS / guide).read_text()):
        yield Row(*found.groups())


@pytest.mark.parametrize("guide", ["guides/monitoring.md", "guides/zh-TW/monitoring.md"])
def test_the_table_has_the_alerts_of_the_rules(guide: str) -> None:
    """All of them, with their severity, in the order of rules.yml."""
    told = [(each.alert, each.severity) for each in rows(guide)]
    assert told == [
        (rule["alert"], rule["labels"]["severity"]) for rule in rules() if "alert" in rule
    ]


@pytest.mark.parametrize("guide", ["guides/monitoring.md", "guides/zh-TW/monitoring.md"])
def test_each_alert_has_its_anchor(guide: str) -> None:
    """Its name in small letters, as rules.yml says to those who link to it."""
    assert [each.anchor for each in rows(guide)] == [each.alert.lower() for each in rows(guide)]
