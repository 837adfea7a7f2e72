"""Parameters of raw SQL may have names, each of which stands for a position."""

from typing import NamedTuple

import pytest
from turnstream_store.database.statements import Statement


class Turn(NamedTuple):
    """A row."""

    id: str


def test_a_name_becomes_its_position_wherever_it_stands() -> None:
    """A cast is not taken for a name."""
    statement = Statement.named(
        "SELECT id FROM turns WHERE owner = :owner::text AND (id = :id OR :owner = '')",
        Turn,
        ("id", "owner"),
    )
    assert statement.sql == "SELECT id FROM turns WHERE owner = $2::text AND (id = $1 OR $2 = '')"


def test_a_name_that_is_not_given_is_refused() -> None:
    """When its module is imported, not when a turn comes."""
    with pytest.raises(ValueError, match="not in"):
        Statement.named("SELECT id FROM turns WHERE id = :nosuch", Turn, ("id",))
