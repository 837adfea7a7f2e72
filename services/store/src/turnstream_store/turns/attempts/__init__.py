"""Attempts: a worker claims a turn, keeps its lease, writes, and ends it or gives it back."""
