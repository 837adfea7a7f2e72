"""Turns: accepted, claimed and ended; what a running attempt writes; those that failed."""
