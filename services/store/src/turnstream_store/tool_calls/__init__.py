"""The ledger: a tool call happens once per key."""
