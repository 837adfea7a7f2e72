"""Turns: a request becomes one, is claimed, written to, ended or failed."""
