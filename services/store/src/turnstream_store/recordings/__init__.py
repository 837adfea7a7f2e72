"""Recordings: a turn with all that decided how it went."""
