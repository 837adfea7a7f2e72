"""Turns in rounds and within limits, their attempts, and how each ends."""
