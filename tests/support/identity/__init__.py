"""Who a test's users are, how they say so, and which limits they meet."""
