"""`AUTH=module:callable`: a function of the operator's own."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from importlib import import_module

from fastapi import Request
from starlette.exceptions import HTTPException
from turnstream.contracts.identity import Principal
from turnstream.contracts.owner import Owner
from turnstream.errors import TurnstreamError, Unavailable
from turnstream.settings import ConfigurationError
from turnstream.telemetry import get_logger

from turnstream_gateway.identity.credentials import Credentials

log = get_logger(__name__)

_TIMEOUT = 10.0
"""Seconds that the function may take. Every request waits for it."""

Authenticate = Callable[[Request], Awaitable[Principal | None]]


class CustomVerifier:
    """Asks a function `async def authenticate(request) -> Principal | None`.

    It refuses by raising `Unauthorized`, another failure of `turnstream.errors`, or an
    `HTTPException`. Whatever else it raises is logged, and nobody comes in.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._authenticate = _load(path)

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Part of `Verifier`."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                principal = await self._authenticate(credentials.request)
            return None if principal is None else self._checked(principal)
        except (TurnstreamError, HTTPException):
            raise
        except Exception as error:
            log.exception("AUTH function failed", function=self._path)
            raise Unavailable("Who asks could not be found out.") from error

    def _checked(self, principal: object) -> Principal:
        if not isinstance(principal, Principal):
            raise TypeError(f"{self._path} gave a {type(principal).__name__}, not a Principal")
        if principal.user is not None:
            Owner.checked(principal.tenant, principal.user)
        return principal.model_copy(update={"method": self._path})


def _load(path: str) -> Authenticate:
    """The function that `module:callable` names. Raises `ConfigurationError`."""
    module, _, name = path.partition(":")
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise ConfigurationError(f"AUTH={path}: {type(error).__name__}: {error}") from error
    if not inspect.iscoroutinefunction(found) and not inspect.iscoroutinefunction(
        getattr(found, "__call__", None)  # noqa: B004 - an object with an asynchronous __call__
    ):
        raise ConfigurationError(f"AUTH={path}: it must be an async function of one request")
    return found  # type: ignore[return-value]
