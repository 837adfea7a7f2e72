"""How long the queue of turns is, and how fast it goes."""
