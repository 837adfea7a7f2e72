"""What models cost: every call that was bought, and what users and tenants may still spend."""
