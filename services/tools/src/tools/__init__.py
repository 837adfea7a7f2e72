"""Runs tool calls once per key, with live progress."""
