"""Threads that come from elsewhere."""
