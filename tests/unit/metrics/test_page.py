"""docs/reference/metrics.md has each metric that the code makes, as it is."""

import re

from tests.support.pages import DOCS
from tests.support.watching.metric_catalogue import Described, catalogue

_ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (\w+) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)
PAGE = DOCS / "reference/metrics.md"


def rows() -> dict[str, Described]:
    """The metrics of the page."""
    return {
        name: Described(kind, frozenset(re.findall("`([^`]+)`", labels)))
        for name, kind, labels, _ in _ROW.findall(PAGE.read_text())
    }


def test_the_page_has_each_metric_with_its_type_and_labels() -> None:
    """And none that there is not."""
    assert rows() == catalogue()


def test_each_metric_answers_a_question() -> None:
    """Anyone who reads the page has one."""
    assert [name for name, *_, says in _ROW.findall(PAGE.read_text()) if "?" not in says] == []


def test_names_tell_their_unit() -> None:
    """Base units, and `_total` for what only rises."""
    for name, (kind, _) in catalogue().items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|megabytes|percent)(_|$)", name), name
