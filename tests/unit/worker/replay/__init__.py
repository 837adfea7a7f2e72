"""What happened in an attempt is played back in the next, and does not happen again."""
