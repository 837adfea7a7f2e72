"""Turns that wait: whose turn it is, what may run once another ended, and how many there are."""
