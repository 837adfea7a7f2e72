"""The attempts of a turn, kept in its row: no statement more for a claim, and none for its end.

A claim adds one. What ends an attempt and not its turn (its worker gives it back, or is heard of no
more) is noted in the last; the end of the turn is in the row itself.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import col
from turnstream.contracts.operating.operations import AttemptOutcome

from turnstream_store.turns.tables import TurnRow

KEPT = 50
"""The newest attempts of a turn that are told of: one that waits for its model server's rate limit
is given back again and again."""

BEGUN = f"""
    (CASE WHEN jsonb_array_length(attempts) < {KEPT} THEN attempts ELSE attempts - 0 END)
    || jsonb_build_object('attempt', attempt + 1, 'worker', $2::text, 'began_at', now())
"""
"""The attempts with one more, which the worker `$2` begins now."""


def ended(outcome: AttemptOutcome, code: str | None = None) -> sa.ColumnElement[object]:
    """The attempts of a turn, the last of which ends now."""
    return _noted(sa.func.now(), sa.literal(str(outcome)), sa.literal(code, sa.Text))


def failed_before() -> sa.ColumnElement[object]:
    """The attempts of a dead letter, the last of which ended with the turn."""
    code = sa.cast(col(TurnRow.error), sa.JSON)["code"].as_string()
    return _noted(col(TurnRow.ended_at), sa.literal(str(AttemptOutcome.FAILED)), code)


def _noted(
    at: SQLCoreOperations[object], *values: SQLCoreOperations[object]
) -> sa.ColumnElement[object]:
    attempts, (outcome, code) = sa.type_coerce(col(TurnRow.attempts), JSONB), values
    end = sa.func.jsonb_build_object(
        sa.literal("ended_at"),
        at,
        sa.literal("outcome"),
        sa.cast(outcome, sa.Text),
        sa.literal("code"),
        sa.cast(code, sa.Text),
    )
    path = sa.literal(["-1"], sa.ARRAY(sa.Text))
    # NULL where there is none: a store of the version before has claimed it.
    return sa.func.coalesce(sa.func.jsonb_set(attempts, path, attempts[-1].op("||")(end)), attempts)
