"""Threads and their items, as their owner reaches them, and as the servers of a tenant do."""
