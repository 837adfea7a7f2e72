"""What users think of items."""
