"""Recordings of turns as files: written, read, and without what others must not read."""
