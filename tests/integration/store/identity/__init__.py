"""Sessions that are over, and what a tenant has of its own."""
