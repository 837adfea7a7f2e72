"""Threads and their items."""
