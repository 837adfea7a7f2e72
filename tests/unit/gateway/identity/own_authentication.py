"""What an operator may name in `AUTH`, and what must not work."""

from fastapi import HTTPException, Request
from turnstream.contracts.identity import Principal
from turnstream.errors import Unauthorized


async def by_badge(request: Request) -> Principal | None:
    """Knows badges; leaves everything else to others."""
    badge = request.headers.get("X-Badge")
    match badge:
        case None:
            return None
        case "forged":
            raise Unauthorized("The badge is forged.")
        case "closed":
            raise HTTPException(418, "The door is closed.")
        case "broken":
            raise ZeroDivisionError
        case "text":
            return "alice"  # type: ignore[return-value]
        case "odd":
            return Principal(tenant="*", user="alice")
        case _:
            return Principal(tenant="acme", user=badge, claims={"badge": badge})


def not_async(request: Request) -> Principal | None:
    """Would keep every other request waiting."""
    return None


no_function = "alice"
