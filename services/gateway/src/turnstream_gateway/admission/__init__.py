"""From an HTTP request to an accepted turn."""
