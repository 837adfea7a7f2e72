"""Publishes the catalogue of tools. Workers read it and offer the tools to their models."""

import asyncio
import time
from collections.abc import Iterable
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from turnstream.contracts.ids import digest
from turnstream.contracts.tools import Catalogue
from turnstream.redis import topology
from turnstream.telemetry import get_logger

from turnstream_tools.registry import Tool

log = get_logger(__name__)

_CHECK = timedelta(seconds=1)
"""Time between two checks. After a flush of Redis the catalogue is back within this time."""
_REFRESH = topology.CATALOGUE_TTL / 3


def build_catalogue(tools: Iterable[Tool]) -> Catalogue:
    """Every tool, by name; the version is a digest, so equal services publish equal catalogues."""
    specs = sorted((tool.spec for tool in tools), key=lambda spec: spec.name)
    version = digest(*(spec.model_dump_json() for spec in specs))
    return Catalogue(version=version, tools=specs)


async def keep_published(redis: Redis, catalogue: Catalogue) -> None:
    """Publish now, at a third of the lifetime, and when it is missing. Does not return."""
    refreshed = -_REFRESH.total_seconds()
    while True:
        due = time.monotonic() - refreshed >= _REFRESH.total_seconds()
        try:
            # NX: between two refreshes only a catalogue that is gone is written
            await redis.set(
                topology.CATALOGUE,
                catalogue.model_dump_json(),
                ex=topology.CATALOGUE_TTL,
                nx=not due,
            )
        except (RedisError, OSError) as error:
            log.warning("catalogue not published", error=str(error))
        else:
            refreshed = time.monotonic() if due else refreshed
        await asyncio.sleep(_CHECK.total_seconds())
