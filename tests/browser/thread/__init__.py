"""What stands in a thread: items, answers, and very many of them."""
