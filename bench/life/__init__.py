"""What a system costs at rest, and how soon it is there."""
