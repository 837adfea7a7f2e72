"""Durability: what happened once is recorded and played back."""
