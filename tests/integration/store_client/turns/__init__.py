"""Turns: accepted, claimed, written by one attempt, waiting for a person, and ended."""
