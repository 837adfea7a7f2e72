"""How a process of a service starts and ends, what it imports, and what it allows itself."""
