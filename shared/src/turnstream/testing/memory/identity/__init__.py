"""Who may ask: server keys, sessions, and tenants with what each has of its own."""
