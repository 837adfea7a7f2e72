"""The chat element's files, and the demo page where a deployment wants it."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from turnstream.errors import NotFound

from turnstream_gateway.identity.unauthenticated_routes import unauthenticated
from turnstream_gateway.routes.dependencies import Services, UserOfTurn
from turnstream_gateway.services import GatewayServices
from turnstream_gateway.ui.answers import page, to_version, versioned
from turnstream_gateway.ui.assets import Assets, built_assets, element_assets
from turnstream_gateway.ui.demo_faults import kill_worker

router = APIRouter(include_in_schema=False)
demo = APIRouter(include_in_schema=False)


@router.get("/ui/{version}/{name:path}", name="ui_asset")
@unauthenticated("the element's files are the same for everybody")
async def asset(request: Request, services: Services, version: str, name: str) -> Response:
    """A file of the element, to be kept for ever."""
    answer = versioned(request, _wanted(services), version, name)
    if answer is None:
        raise NotFound(f"There is no file {name}.")
    return answer


@router.get("/ui/{name}")
@unauthenticated("the element's files are the same for everybody")
async def newest(request: Request, services: Services, name: str) -> Response:
    """The way to the newest version of a file."""
    answer = to_version(_wanted(services), name, request)
    if answer is None:
        raise NotFound(f"There is no file {name}.")
    return answer


def _wanted(services: GatewayServices) -> Assets:
    """All files where a demo page is wanted, else those of the element."""
    return built_assets() if services.settings.demo_page else element_assets()


@demo.get("/")
@unauthenticated("the demo page holds nothing of anybody; what it asks for needs a principal")
async def demo_page(request: Request, services: Services) -> Response:
    """The bundled assistant in our chat element."""
    breakable = "data-breakable" if services.settings.demo_run_dir else ""
    ui = f"{request.scope.get('root_path', '')}/ui"
    return page(built_assets(), "index.html", ui, breakable=breakable)


@demo.post("/demo/turns/{turn_id}/kill-worker", status_code=202)
async def kill_worker_of_turn(
    turn_id: str, user: UserOfTurn, services: Services, turnstream_client: Annotated[str, Header()]
) -> dict[str, bool]:
    """Kill the worker that runs a turn. The header is one that no page of another origin can
    send.
    """
    run_dir = services.settings.demo_run_dir
    if run_dir is None:
        raise NotFound("Only `make up` lets a page kill a worker.")
    instance = await services.store.turns.worker(user, turn_id)
    return {"killed": instance is not None and kill_worker(run_dir, instance)}
