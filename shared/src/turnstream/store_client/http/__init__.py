"""HTTP to the store: calls and their failures, the connections that carry them."""
