"""Full-text search over the project's guides, in English and Chinese."""

from tools.docs.index import DocsIndex, Found

__all__ = ["DocsIndex", "Found"]
