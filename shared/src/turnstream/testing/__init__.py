"""For tests of applications: a store that needs no Postgres, no Redis and no HTTP."""

from turnstream.testing.memory_store import MemoryStore
from turnstream.testing.records import Limits

__all__ = ["Limits", "MemoryStore"]
