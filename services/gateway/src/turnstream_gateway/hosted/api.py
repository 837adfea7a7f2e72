"""The hosted API in one piece, for the app."""

from fastapi import APIRouter

from turnstream_gateway.hosted import conversation, sessions, threads
from turnstream_gateway.hosted.errors import PREFIX, HostedAnswers, envelope

__all__ = ["PREFIX", "HostedAnswers", "envelope", "router"]

router = APIRouter(prefix=PREFIX)
for _part in (sessions, threads, conversation):
    router.include_router(_part.router)
