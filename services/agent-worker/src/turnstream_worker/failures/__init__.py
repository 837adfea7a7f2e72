"""What failed, what that means for a turn, and what users and operators are told of it."""
