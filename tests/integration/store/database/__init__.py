"""Pools, transactions and statements; whose rows a statement reaches."""
