"""Webhooks: an outbox row for each turn that ends, and its delivery to endpoints of the tenant."""
