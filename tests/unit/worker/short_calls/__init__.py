"""Requests that are answered beside turns."""
