"""Tools that run elsewhere: in the tools service and in MCP servers."""
