"""What Redis holds, kept within bounds."""
