"""A turn's log, announced and read: one subscription for all viewers, and how one catches up."""
