"""Which turn replaced an item last: viewers of a turn whose log is gone must be told of it.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("changed_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("items", "changed_by")
