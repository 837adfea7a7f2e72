"""What an operator sees of all turns, and does to one."""
