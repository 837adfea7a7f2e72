"""Uploads, downloads and links."""
