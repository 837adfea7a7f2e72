"""A turn's stream, from its log to whoever looks on."""
