"""Health, readiness and metrics: the same three answers from every service."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[bool]]
"""Tells whether one thing that the service needs works. It must be quick and must not raise."""


def health_routes(
    checks: dict[str, Check], facts: dict[str, Callable[[], bool]] | None = None
) -> APIRouter:
    """`GET /health` (the process lives), `/ready` (it can do its work), `/metrics`.

    `/ready` also tells the facts, which do not decide whether the service is ready.
    """
    router = APIRouter(tags=["health"])

    @router.head("/health", include_in_schema=False)
    @router.get("/health")
    async def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready")
    async def ready(response: Response) -> dict[str, bool]:
        """200 when everything that the service needs works; 503 names what does not."""
        works = {name: await check() for name, check in checks.items()}
        response.status_code = 200 if all(works.values()) else 503
        return works | {name: tell() for name, tell in (facts or {}).items()}

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """Prometheus metrics of this process."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
