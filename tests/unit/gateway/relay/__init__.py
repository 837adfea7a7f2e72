"""A turn's stream, from its log to anyone who looks on."""
