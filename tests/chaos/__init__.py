"""Chaos: real processes are hurt in the middle of turns, and an oracle counts what was lost."""
