"""What an operator does with what belongs to users."""
