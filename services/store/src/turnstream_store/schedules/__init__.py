"""Schedules: an occurrence and its turn commit together, so there is one turn for each."""
