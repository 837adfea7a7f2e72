"""The door: accepts ChatKit requests and relays event logs as SSE."""
