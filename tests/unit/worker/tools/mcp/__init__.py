"""MCP servers: connected, watched, and called, however odd they are."""
