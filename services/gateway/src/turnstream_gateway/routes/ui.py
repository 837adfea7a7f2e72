"""The chat element's files, and the demo page where a deployment wants it."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from turnstream.errors import NotFound

from turnstream_gateway.identity.open_routes import open_to_all
from turnstream_gateway.routes.dependencies import Services, User
from turnstream_gateway.ui.answers import page, to_version, versioned
from turnstream_gateway.ui.assets import built_assets
from turnstream_gateway.ui.demo_faults import kill_workers

router = APIRouter(include_in_schema=False)
demo = APIRouter(include_in_schema=False)


@router.get("/ui/{version}/{name:path}", name="ui_asset")
@open_to_all("the element's files are the same for everybody")
async def asset(request: Request, version: str, name: str) -> Response:
    """A file of the element, to be kept for ever."""
    answer = versioned(request, built_assets(), version, name)
    if answer is None:
        raise NotFound(f"There is no file {name}.")
    return answer


@router.get("/ui/{name}")
@open_to_all("the element's files are the same for everybody")
async def newest(request: Request, name: str) -> Response:
    """The way to the newest version of a file."""
    answer = to_version(built_assets(), name, request)
    if answer is None:
        raise NotFound(f"There is no file {name}.")
    return answer


@demo.get("/")
@open_to_all("the demo page holds nothing of anybody; what it asks for needs a principal")
async def demo_page(request: Request) -> Response:
    """The bundled assistant in our chat element."""
    return page(built_assets(), "index.html", f"{request.scope.get('root_path', '')}/ui")


@demo.post("/demo/kill-workers", status_code=202)
async def break_something(
    user: User, services: Services, turnstream_client: Annotated[str, Header()]
) -> dict[str, int]:
    """Kill the workers of `make up`. The header is one that no page of another origin can send."""
    run_dir = services.settings.demo_run_dir
    if run_dir is None:
        raise NotFound("Only `make up` lets a page kill its workers.")
    return {"killed": kill_workers(run_dir)}
