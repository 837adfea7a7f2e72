"""Tools that run elsewhere: in the tools service, and on MCP servers."""
