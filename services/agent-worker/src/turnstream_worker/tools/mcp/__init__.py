"""Tools of MCP servers: which are offered, under which names, and what their calls give."""
