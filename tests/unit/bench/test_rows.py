"""Rows, their aims, and how they are shown."""

from bench.report import missed, table
from bench.rows import Row, Section, at_least, at_most


def test_an_aim_is_held_against_the_ratio() -> None:
    assert Row("whole turn", 0.09, other=0.1, aim=at_most(0.8)).met is False
    assert Row("turns/s", 32, other=20, aim=at_least(1.6)).met is True


def test_an_aim_is_held_against_the_figure_where_nothing_stands_beside_it() -> None:
    assert Row("p99", 0.049, "ms", aim=at_most(0.05)).met is True
    assert Row("p99", 0.051, "ms", aim=at_most(0.05)).met is False
    assert Row("p99", 0.051, "ms").met is None


def test_the_table_shows_figures_in_their_units_and_what_is_missed() -> None:
    rows = [
        Row("whole turn", 0.09, "ms", 0.1, at_most(0.8)),
        Row("memory", 30 * 1024, "KB", aim=at_most(40 * 1024)),
    ]
    section = Section("turns", ("stock", "ours"), rows, ["the machine was busy"])

    shown = [line.split() for line in table(section).splitlines()]

    assert shown == [
        ["turns", "stock", "ours", "ratio", "aim"],
        ["whole", "turn", "100.0", "ms", "90.0", "ms", "0.90", "≤", "0.8", "missed"],
        ["memory", "30.0", "KB", "≤", "40.0", "KB", "met"],
        ["note:", "the", "machine", "was", "busy"],
    ]
    assert missed([section]) == ["turns: whole turn"]
