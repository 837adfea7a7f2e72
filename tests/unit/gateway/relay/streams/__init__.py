"""Streams: how many a user has, how long they last, and how they end."""
