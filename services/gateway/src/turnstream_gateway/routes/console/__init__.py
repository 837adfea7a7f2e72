"""The operators' page and what it asks for: turns, and the records of tenants."""
