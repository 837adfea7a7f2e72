"""Routes for the few requests that every turn makes."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.background import BackgroundTask
from starlette.types import ASGIApp, Receive, Scope, Send

from turnstream.errors import TurnstreamError
from turnstream.http.problems import problem_of
from turnstream.http.request_body import read_body


class HotRoute(APIRoute):
    """A route that FastAPI documents and does not resolve; Pydantic reads its body by itself.

    The endpoint may take `command`, which is the body, `parts`, which the app keeps in its state,
    the `request`, and path parameters as text, all by name. It answers with a model, a response, or
    nothing. Anything else is a `TypeError`: of a parameter, when the route is made. Resolving the
    same parameters takes FastAPI as long as all the rest of a request.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Part of APIRoute: what makes a response of a request. Raises `RequestValidationError`."""
        run, status = self.endpoint, self.status_code or 200
        taken = inspect.signature(run).parameters
        if unknown := taken.keys() - {"command", "parts", "request", *self.param_convertors}:
            raise TypeError(f"A hot route can't give {run.__name__} its {sorted(unknown)}.")
        body = get_type_hints(run).get("command")
        read = TypeAdapter(body).validate_json if body is not None else None

        async def handle(request: Request) -> Response:
            given: dict[str, Any] = dict(request.path_params)
            given["request"], given["parts"] = request, request.app.state.parts
            if read is not None:
                try:
                    given["command"] = read(await read_body(request))
                except ValidationError as error:
                    raise RequestValidationError(_in_body(error)) from error
            return _response(await run(**{name: given[name] for name in taken}), status)

        return handle


class HotRoutes:
    """A middleware that finds hot routes before the app's routers are asked."""

    def __init__(self, app: ASGIApp, routes: list[HotRoute]) -> None:
        self._app = app
        self._routes = [
            (route.methods or set(), route.path_regex, route.get_route_handler())
            for route in routes
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI. Failures without a name are the app's, as everywhere."""
        handle = self._find(scope) if scope["type"] == "http" else None
        if handle is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await handle(request)
        except (TurnstreamError, RequestValidationError) as error:
            response = problem_of(error)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> Callable[[Request], Awaitable[Response]] | None:
        if scope.get("root_path"):
            return None  # of a mounted app the router knows what to take off
        for methods, path, handle in self._routes:
            if scope["method"] in methods and (met := path.match(scope["path"])):
                scope["path_params"] = met.groupdict()
                return handle
        return None


def include_hot(app: FastAPI, *routers: APIRouter, traced: bool) -> None:
    """Include routers of hot routes, and have them found first, unless FastAPI makes spans of
    requests: those begin where it finds a route itself. Before any other middleware is added, which
    lies around them then.
    """
    for router in routers:
        app.include_router(router)
    if not traced:
        hot = [each for router in routers for each in router.routes if isinstance(each, HotRoute)]
        app.add_middleware(HotRoutes, routes=hot)


class JsonResponse(Response):
    """A document that is JSON already."""

    def __init__(
        self, document: bytes, background: BackgroundTask | None = None, status: int = 200
    ) -> None:
        # Nothing to find out for Starlette: the rest of a response costs more than sending it.
        self.status_code, self.background, self.body = status, background, document
        self.raw_headers = [
            (b"content-length", b"%d" % len(document)),
            (b"content-type", b"application/json"),
        ]


def _response(answer: Any, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, BaseModel):
        return JsonResponse(answer.model_dump_json().encode(), status=status)
    if answer is not None:
        raise TypeError(f"A hot route can't answer with a {type(answer).__name__}.")
    return Response(status_code=status)


def _in_body(error: ValidationError) -> list[Any]:
    return [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
