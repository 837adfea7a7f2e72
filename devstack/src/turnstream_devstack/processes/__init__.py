"""Processes that are started, watched, restarted and stopped, and never outlive us."""
