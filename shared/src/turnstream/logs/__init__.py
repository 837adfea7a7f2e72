"""What a service writes to its log, and what it never writes there."""
