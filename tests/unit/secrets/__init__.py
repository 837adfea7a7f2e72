"""Secrets: sealed, held against each other, and changed while everything runs."""
