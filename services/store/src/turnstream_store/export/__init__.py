"""All that a user has, as one archive."""
