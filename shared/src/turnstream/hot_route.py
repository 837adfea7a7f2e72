"""A route for the few requests that every turn makes."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import Receive, Scope, Send


class HotRoute(APIRoute):
    """A route that FastAPI documents and does not resolve; Pydantic reads its body by itself.

    The endpoint may take `command`, which is the body, `parts`, which the app keeps in its state,
    the `request`, and path parameters as text, all by name. It answers with a model, a response, or
    nothing. Anything else is a `TypeError`: of a parameter, when the route is made. Resolving the
    same parameters takes FastAPI as long as all the rest of a request.

    Hand it over as `FastAPI(routes=...)`: it is found first then, and without a search through a
    router of its own. Failures go to the handlers of the app.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handle = self.get_route_handler()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = app

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
                    given["command"] = read(await request.body())
                except ValidationError as error:
                    raise RequestValidationError(_in_body(error)) from error
            return _response(await run(**{name: given[name] for name in taken}), status)

        return handle


def _response(answer: Any, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, BaseModel):
        return Response(answer.model_dump_json(), status, media_type="application/json")
    if answer is not None:
        raise TypeError(f"A hot route can't answer with a {type(answer).__name__}.")
    return Response(status_code=status)


def _in_body(error: ValidationError) -> list[Any]:
    return [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
