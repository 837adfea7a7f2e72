"""Requests to the store, over HTTP and in memory."""
