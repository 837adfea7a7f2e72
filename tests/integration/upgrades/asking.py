"""Everything that a store says of the users it has, as bytes."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

import aiohttp
import asyncpg
from turnstream.contracts.owner import Owner, owner_headers
from turnstream.secrets.internal_key import HEADER

_SPAN = "since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z"
_PAGE = "limit=100"
_AT_ONCE = 8

_OF_ROWS = {
    "threads": (
        "/threads/{id}",
        f"/threads/{{id}}/items?order=asc&{_PAGE}",
        f"/threads/{{id}}/feedback?{_PAGE}",
    ),
    "turns": ("/turns/{id}", "/turns/{id}/journal"),
    "attachments": ("/attachments/{id}",),
}
_OF_USERS = (
    f"/threads?public=true&order=desc&{_PAGE}",
    "/facts",
    "/outbox",
)
_OF_ALL = (
    f"/keys?{_PAGE}",
    "/tenants",
    "/holds",
    f"/audit?{_PAGE}",
    f"/all-usage?by=tenant&{_SPAN}",
    f"/feedback?{_PAGE}",
    f"/emails?{_PAGE}",
    f"/dead-letters?{_PAGE}",
    f"/failures?{_PAGE}",
)


async def answers(url: str, key: str, database: asyncpg.Connection) -> dict[str, str]:
    """Question -> status and body: of every thread, turn, file and user in a database."""
    questions = await _questions(database)
    places = asyncio.Semaphore(_AT_ONCE)
    async with aiohttp.ClientSession(url, headers={HEADER: key}) as session:

        async def ask(owner: Owner | None, path: str) -> tuple[str, str]:
            headers = owner_headers(owner) if owner else {}
            async with places, session.get(path, headers=headers) as answer:
                name = f"{owner.tenant}/{owner.user} {path}" if owner else path
                return name, f"{answer.status} {await answer.text()}"

        return dict(await asyncio.gather(*(ask(*each) for each in questions)))


async def _questions(database: asyncpg.Connection) -> Sequence[tuple[Owner | None, str]]:
    questions: list[tuple[Owner | None, str]] = [(None, path) for path in _OF_ALL]
    users: set[Owner] = set()
    for table, paths in _OF_ROWS.items():
        for row in await database.fetch(f"SELECT tenant, owner, id FROM {table}"):  # ours
            owner = Owner(row["tenant"], row["owner"])
            users.add(owner)
            questions += [(owner, path.format(id=quote(row["id"], safe=""))) for path in paths]
    questions += [(user, path) for user in users for path in _OF_USERS]
    return questions
