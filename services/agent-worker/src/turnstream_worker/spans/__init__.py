"""What a worker tells of its turns in traces: attempts, agents, model calls, tool calls."""
