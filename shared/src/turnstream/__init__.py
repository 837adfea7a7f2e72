"""What the Turnstream services share: contracts, event log, store client, settings."""
