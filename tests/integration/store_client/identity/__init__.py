"""Keys, sessions and tenants, and what is whose."""
