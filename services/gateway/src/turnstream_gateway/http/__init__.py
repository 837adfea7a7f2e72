"""What the gateway adds to HTTP: bounded bodies, names that it answers to, and private answers."""
