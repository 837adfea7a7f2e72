"""Whether any file has to be deleted."""

from turnstream_store.database.due import any_of

OVERDUE = any_of("files", "thread_id IS NULL AND keep_until < now()")
