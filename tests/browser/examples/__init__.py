"""The examples and the scripts of the guides, run in a browser."""
