"""What tests of applications need: a store that needs no Postgres, no Redis and no HTTP.

`turnstream_worker.testing` runs an app on it, with a scripted model.
"""

from turnstream.testing.event_log import MemoryEventLog
from turnstream.testing.memory.limits import Limits
from turnstream.testing.memory.store import MemoryStore

__all__ = ["Limits", "MemoryEventLog", "MemoryStore"]
