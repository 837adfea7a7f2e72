"""Recordings of turns, run again against today's code of an app."""
