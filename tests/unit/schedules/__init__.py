"""Schedules: when they happen."""
