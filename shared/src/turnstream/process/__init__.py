"""What belongs to a running process: how it starts and ends, and what it allows itself."""
