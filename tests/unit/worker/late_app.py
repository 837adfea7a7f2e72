"""An app that finds out at its start that it can't be used."""

from typing import Any


async def create(store: Any) -> str:
    return "no server"
