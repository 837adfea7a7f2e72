"""Pure data that crosses a process border: ids, jobs, tool calls, the store's API."""
