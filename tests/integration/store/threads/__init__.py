"""Threads that take no turn, or are long."""
