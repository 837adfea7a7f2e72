"""Whether any schedule is due."""

from turnstream_store.database.due import any_of

DUE = any_of("schedules", "next_at <= now() AND paused_at IS NULL")
