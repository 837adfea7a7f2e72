"""Health, readiness and metrics: the same three answers from every service."""

import hmac

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr

from turnstream.errors import Unauthorized
from turnstream.http.problems import answer_problems
from turnstream.http.readiness import Readiness


def health_routes(
    readiness: Readiness, *, metrics_key: SecretStr | None = None, metrics: bool = True
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
        """200 when the service can do its work; 503 when it can't, or is about to end."""
        is_ready, facts = await readiness.look()
        response.status_code = 200 if is_ready else 503
        return dict(facts)

    if metrics:

        @router.get("/metrics", include_in_schema=False)
        async def show_metrics(request: Request) -> Response:
            """Prometheus metrics of this process."""
            if metrics_key is not None and not _shows(request, metrics_key):
                raise Unauthorized("The metrics ask for METRICS_KEY.")
            await readiness.look()  # so that an alert hears of it, whether or not others ask
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def health_app(readiness: Readiness, metrics_key: SecretStr | None) -> FastAPI:
    """These answers alone, for a port of their own."""
    app = FastAPI(title="Turnstream health", openapi_url=None)
    app.include_router(health_routes(readiness, metrics_key=metrics_key))
    answer_problems(app)
    return app


def _shows(request: Request, key: SecretStr) -> bool:
    expected = f"Bearer {key.get_secret_value()}".encode()
    shown = request.headers.get("Authorization", "").encode()
    return hmac.compare_digest(shown, expected)
