"""Turns: accepted, claimed, written, ended."""
