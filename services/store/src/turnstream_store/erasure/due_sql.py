"""Whether any erasure is not proven."""

from turnstream_store.database.due import any_of

UNPROVEN = any_of("erasures", "proven_at IS NULL")
