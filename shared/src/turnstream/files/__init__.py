"""Bytes by key, and links to them."""
