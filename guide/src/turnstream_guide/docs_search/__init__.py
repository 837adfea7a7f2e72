"""Full-text search over the project's guides, in English and Chinese."""

from turnstream_guide.docs_search.index import DocsIndex, Found

__all__ = ["DocsIndex", "Found"]
