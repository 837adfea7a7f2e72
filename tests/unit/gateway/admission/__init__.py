"""What a request may hold, and when it is refused before anything is done."""
