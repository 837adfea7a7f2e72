"""The ways to know who asks, one for each word of `AUTH`."""
