"""The stock ChatKit backend, and the means to compare another one with it."""

from .backend import StockBackend
from .memory_store import MemoryStore
from .normalize import Names, merge_deltas, normalize
from .serving import stock_server

__all__ = ["MemoryStore", "Names", "StockBackend", "merge_deltas", "normalize", "stock_server"]
