"""Schedules: when they happen, and the turn that each occurrence asks for."""
