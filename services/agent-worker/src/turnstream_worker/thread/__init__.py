"""The thread of a turn: what the assistant reads, and what it writes."""
