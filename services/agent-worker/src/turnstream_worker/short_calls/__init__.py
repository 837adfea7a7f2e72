"""Requests that the assistant answers outside any turn."""
