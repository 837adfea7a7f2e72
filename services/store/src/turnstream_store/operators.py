"""Who may use the operator's routes, beside the services themselves.

An operator has a server key with the scope `operator`, whatever its tenant: it ends when it is
revoked, and it opens these routes alone. The internal key opens them too: it is needed to make the
first operator key, and whoever has it can call every service anyway.
"""

from functools import cached_property

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope as Request
from turnstream.contracts.identity import Scope
from turnstream.errors import Forbidden, NotFound, Unauthorized
from turnstream.secrets.issued import KEY_PREFIX, digest, well_formed

from turnstream_store.database.pools import Database
from turnstream_store.dependencies import OPERATOR_KEY
from turnstream_store.identity.rules import find_key

TAG = "operator"
"""The tag of an operator's route."""
_SCHEME = b"bearer "


class Operators:
    """Admits a request to an operator's route for the key that it shows as its bearer token."""

    def __init__(self, database: Database, app: FastAPI) -> None:
        """The operator's routes are those of the app that have `TAG`, once it has its routes."""
        self._database = database
        self._app = app

    @cached_property
    def _routes(self) -> list[RouteContext]:
        return [each for each in iter_route_contexts(self._app.routes) if TAG in _tags(each)]

    async def __call__(self, request: Request) -> bool:
        """True for an operator's key on an operator's route; False where no key is shown.

        Raises `Unauthorized` for a key that is unknown, revoked or expired, and `Forbidden` for one
        without the scope or on a route of the services. An invented key asks no database: its
        checksum is wrong.
        """
        secret = _shown(request)
        if secret is None:
            return False
        if not well_formed(secret, KEY_PREFIX):
            raise Unauthorized("This is no server key.")
        try:
            async with self._database.all_tenants().connection() as connection:
                key = await find_key(connection, digest(secret))
        except NotFound as unknown:
            raise Unauthorized("This server key is unknown.") from unknown
        if not key.valid:
            raise Unauthorized("This server key was revoked or has expired.")
        if Scope.OPERATOR not in key.scopes:
            raise Forbidden(scope=Scope.OPERATOR)
        if not self._is_theirs(request):
            raise Forbidden("This is for the services of the deployment, not for operators.")
        request[OPERATOR_KEY] = key.id
        return True

    def _is_theirs(self, request: Request) -> bool:
        return any(route.matches(request)[0] is Match.FULL for route in self._routes)


def _shown(request: Request) -> str | None:
    shown = [value for name, value in request["headers"] if name == b"authorization"]
    if len(shown) != 1 or shown[0][: len(_SCHEME)].lower() != _SCHEME:
        return None
    return str(shown[0][len(_SCHEME) :].decode("latin-1").strip())


def _tags(route: RouteContext) -> list[object]:
    return list(getattr(route, "tags", None) or ())
