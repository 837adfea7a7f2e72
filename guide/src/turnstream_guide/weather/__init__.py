"""Weather: what a forecast is, where it comes from, and what it looks like."""
