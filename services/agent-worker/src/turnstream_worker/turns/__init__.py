"""Running turns: claims, leases, attempts and their ends."""
