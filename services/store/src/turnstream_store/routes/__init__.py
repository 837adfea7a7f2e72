"""Doors: each parses, opens one transaction, calls one rule, and announces after the commit."""
