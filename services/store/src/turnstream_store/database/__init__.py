"""Postgres: connections, transactions, columns, migrations."""
