"""Owns threads, turns, journal and ledger in Postgres."""
