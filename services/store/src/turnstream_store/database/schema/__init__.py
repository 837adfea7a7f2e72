"""The schema: how it is migrated, where it is, and whether a release may use what it finds."""
