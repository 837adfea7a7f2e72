"""Files: the bytes of attachments, and whose they are.

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("files_of_owner", "files", ["owner"], unique=False)
    op.create_index("files_of_thread", "files", ["thread_id"], unique=False)
    op.create_index(
        "files_of_nobody",
        "files",
        ["keep_until"],
        unique=False,
        postgresql_where=sa.text("thread_id IS NULL"),
    )
    op.add_column("attachments", sa.Column("file_key", sa.Text(), nullable=True))
    op.create_foreign_key(
        "attachments_file_key_fkey", "attachments", "files", ["file_key"], ["key"]
    )
    op.create_index("attachments_of_file", "attachments", ["file_key"], unique=False)


def downgrade() -> None:
    op.drop_index("attachments_of_file", table_name="attachments")
    op.drop_constraint("attachments_file_key_fkey", "attachments", type_="foreignkey")
    op.drop_column("attachments", "file_key")
    op.drop_table("files")
