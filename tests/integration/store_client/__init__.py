"""What a store promises, kept twice: over HTTP and in memory."""
