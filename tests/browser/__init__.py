"""The chat page in a real browser: `make browser` runs all, `make test` what is marked `short`."""
