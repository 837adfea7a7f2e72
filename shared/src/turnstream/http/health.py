"""Health, readiness and metrics: the same three answers from every service."""

import hmac
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr

from turnstream.errors import Unauthorized

Check = Callable[[], Awaitable[bool]]
"""Tells whether one thing that the service needs works. It must be quick and must not raise."""


def health_routes(
    checks: Mapping[str, Check],
    facts: dict[str, Callable[[], bool]] | None = None,
    *,
    metrics_key: SecretStr | None = None,
) -> APIRouter:
    """`GET /health` (the process lives), `/ready` (it can do its work), `/metrics`.

    `/ready` also tells the facts, which do not decide whether the service is ready. `/metrics` asks
    for `metrics_key` where there is one, in the way that Prometheus calls `authorization`.
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
    async def metrics(request: Request) -> Response:
        """Prometheus metrics of this process."""
        if metrics_key is not None and not _shows(request, metrics_key):
            raise Unauthorized("The metrics ask for METRICS_KEY.")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _shows(request: Request, key: SecretStr) -> bool:
    expected = f"Bearer {key.get_secret_value()}".encode()
    shown = request.headers.get("Authorization", "").encode()
    return hmac.compare_digest(shown, expected)
