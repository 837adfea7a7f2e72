"""Hosted ChatKit's API: its shapes and its failures."""
