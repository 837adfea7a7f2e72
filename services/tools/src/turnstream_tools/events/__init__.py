"""What a tool may show while it runs."""
