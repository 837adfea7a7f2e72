"""What an assistant reads and writes of its thread."""
