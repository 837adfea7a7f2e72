"""MCP servers, sound and odd."""
