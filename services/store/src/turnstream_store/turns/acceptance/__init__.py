"""Acceptance: a request becomes a turn, committed before anything is streamed."""
