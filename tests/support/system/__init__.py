"""A system and its services, as tests start them, add to them, and give them commands."""
