"""Routes: each takes a parsed request, calls one rule, and shapes the answer."""
