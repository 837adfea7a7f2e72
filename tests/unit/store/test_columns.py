"""The store's queries are typed: a column that does not exist fails `make check`."""

from pathlib import Path

from mypy import api

_QUERIES = """
import sqlalchemy as sa
from sqlmodel import select
from turnstream_store.turns.tables import TurnRow

select(TurnRow.id)
select(TurnRow.nosuch)
sa.update(TurnRow).values({TurnRow.nosuch: 1})
"""


def test_a_misspelt_column_fails_the_type_check(tmp_path: Path) -> None:
    """Both times it is misspelt, and not where it is not."""
    (tmp_path / "queries.py").write_text(_QUERIES)
    found, _, status = api.run([str(tmp_path / "queries.py")])
    errors = [line for line in found.splitlines() if "error:" in line]
    assert status == 1
    assert len(errors) == 2, found
    assert all('"type[TurnRow]" has no attribute "nosuch"' in error for error in errors)
