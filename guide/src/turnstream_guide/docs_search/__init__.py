"""Full-text search over the project's guides, in English and Chinese."""

import asyncio
from functools import cache

import structlog

from turnstream_guide.docs_search.index import DocsIndex, FoundSection
from turnstream_guide.settings import GuideSettings

__all__ = ["DocsIndex", "FoundSection", "docs_index"]

log = structlog.get_logger(__name__)


async def docs_index() -> DocsIndex:
    """The index of this process, built at its first use: that takes a moment, so in a thread."""
    return await asyncio.to_thread(_index)


@cache
def _index() -> DocsIndex:
    index = DocsIndex.of(GuideSettings().docs_dir)
    log.info("guides indexed", sections=len(index))
    return index
