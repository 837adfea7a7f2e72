"""Users who are erased, and what happens beside that."""
