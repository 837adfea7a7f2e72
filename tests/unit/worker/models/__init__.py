"""Which model answers, and how its answer comes to the client."""
