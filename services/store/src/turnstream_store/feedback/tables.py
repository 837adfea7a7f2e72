"""What users think of items."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import now_column, tenant_column


class FeedbackRow(SQLModel, table=True):
    """What a user thinks of an item: one rating, the newest. No foreign key to the item, because
    an answer that is rated and then tried again is gone, and the rating of it is worth keeping.
    """

    __tablename__ = "feedback"

    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    )
    item_id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    kind: str
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (sa.Index("feedback_by_time", "created_at", "thread_id", "item_id"),)
