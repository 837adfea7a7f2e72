"""The chat page: the element's files under versioned addresses, and the demo page."""
