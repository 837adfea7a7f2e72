"""A turn from its claim to its end: run, renewed, tried again, and ended."""
