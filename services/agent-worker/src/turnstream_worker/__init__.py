"""Runs turns: claims them, drives the assistant, writes the event log."""
