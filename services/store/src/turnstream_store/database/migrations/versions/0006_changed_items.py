"""Items that somebody else changed: the form that their turn made.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("made", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("items", "made")
