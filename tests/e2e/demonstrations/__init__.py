"""Each demonstration of the guide, as its user sees it."""
