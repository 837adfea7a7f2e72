"""Exports in the form in which Agent Builder writes them, and the packages that they import."""
