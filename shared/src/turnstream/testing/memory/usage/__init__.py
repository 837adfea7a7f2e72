"""What models cost in memory, and what they may."""
