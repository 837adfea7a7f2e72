"""Files that users send: what they are, what they are called, and when they come late."""
