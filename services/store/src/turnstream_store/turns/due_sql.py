"""Whether any turn waits for a duty of the sweeper."""

from turnstream_store.database.due import any_of
from turnstream_store.turns.waiting.rounds_sql import IN_LINE

EXPIRED = any_of("turns", "status = 'running' AND lease_until < now()")
DISCONNECTED = any_of("turns", "status IN ('queued', 'running') AND disconnected_until < now()")
TO_CLOSE = any_of("turns", "status = 'queued' AND (cancel IS NOT NULL OR failures > 0)")
WAITING = any_of("turns", f"status = 'queued' AND {IN_LINE}")
