"""Erasing a user: a durable job that deletes what they have and proves that nothing is left."""
