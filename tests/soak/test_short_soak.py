"""A few seconds of the soak: it does everything, and sees everything."""

from pathlib import Path

from tests.soak.mischief import FAULTS
from tests.soak.run import Plan, run
from tests.soak.visits import ACTIONS


def test_users_go_on_whatever_breaks(tmp_path: Path) -> None:
    """No answer comes out wrong, nothing is left, each gauge has readings; slopes need longer."""
    told: list[str] = []
    found = run(Plan(minutes=0.2, chaos=0.05), tmp_path, told.append)
    assert found.failures == []
    assert found.left == []
    assert found.visits.total() > 10
    assert {*found.visits} <= {*ACTIONS}
    assert {*found.mischief} <= {*FAULTS}
    names = {each.series.name for each in found.growths}
    assert {"store: memory", "gateway: descriptors", "redis: keys without TTL"} <= names
    assert {"postgres: tables", "postgres: indexes", "postgres: connections"} <= names
    assert all(each.series.readings for each in found.growths)
    assert told
