"""What goes wrong around a page, and what must not come alive in it."""
