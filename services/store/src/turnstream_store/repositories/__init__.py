"""All queries, one file per noun. They take a connection and never commit."""
