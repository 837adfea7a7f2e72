"""Files by their keys, and the attachments that some of them are."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from turnstream_store.database.columns import JsonText, now_column, tenant_column, time_column


class FileRow(SQLModel, table=True):
    """A blob, by its key: written before its bytes, deleted after them, so that none is forgotten.

    One that belongs to no thread is kept until `keep_until`. A deleted thread leaves its files
    behind without one, and the sweeper does the rest: whatever deletes threads deletes files.
    """

    __tablename__ = "files"

    key: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    thread_id: str | None = Field(
        default=None, sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="SET NULL"))
    )
    size: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    uploaded: bool = Field(
        default=False, sa_column=sa.Column(sa.Boolean, server_default=sa.false(), nullable=False)
    )
    keep_until: datetime = Field(sa_column=time_column(nullable=False))

    __table_args__ = (
        sa.Index("files_of_tenant", "tenant", "owner"),
        sa.Index("files_of_thread", "thread_id"),
        sa.Index("files_of_nobody", "keep_until", postgresql_where=sa.text("thread_id IS NULL")),
    )


class AttachmentRow(SQLModel, table=True):
    """An attachment's metadata. Its bytes are a file, unless the assistant keeps them itself."""

    __tablename__ = "attachments"

    id: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    thread_id: str | None = Field(
        default=None, sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"))
    )
    payload: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    public: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    file_key: str | None = Field(default=None, sa_column=sa.Column(sa.ForeignKey("files.key")))
    created_at: datetime = Field(sa_column=now_column())

    __table_args__ = (
        sa.Index("attachments_of_tenant", "tenant", "owner"),
        sa.Index("attachments_of_thread", "thread_id"),
        sa.Index("attachments_of_file", "file_key"),
    )
