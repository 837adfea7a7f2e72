"""Threads and their items: read, locked, brought from elsewhere, and judged."""
