"""The bus and the event log."""
