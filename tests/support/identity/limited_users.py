"""Users who meet limits: their pages, what a refusal tells them, and limits of their tenants."""

from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from typing import Any

import httpx2
from turnstream.contracts.identity import TenantSettings
from turnstream.store_client import HttpStoreClient
from turnstream_devstack.stack import Stack

from tests.conftest import PROXY_SECRET
from tests.support.turns import message

PAGE = "https://chat.example"
_users = count(1)


class User:
    """A user's page. It closes what it opened when the test is over."""

    def __init__(self, stack: Stack, http: httpx2.AsyncClient, opened: AsyncExitStack) -> None:
        self.headers = {"X-User-Id": f"limited-{next(_users)}", "Origin": PAGE}
        self._gateways = stack.gateway_urls
        self._http = http
        self._opened = opened

    async def ask(self, kind: str, gateway: int = 0, **params: Any) -> httpx2.Response:
        """Send a ChatKit request; the answer is whole, a stream's too."""
        return await self._post({"type": kind, "params": params}, gateway)

    async def say(self, text: str = "hello", gateway: int = 0, **more: Any) -> httpx2.Response:
        """Send a message to a new thread, and read the answer to its end."""
        return await self._post(message(text) | more, gateway)

    async def open(
        self, text: str, gateway: int = 0, thread_id: str | None = None
    ) -> httpx2.Response:
        """Send a message, to a new thread unless one is named, and leave the answer open."""
        url, body = (
            f"{self._gateways[gateway]}/chatkit",
            message(text, **({"thread_id": thread_id} if thread_id else {})),
        )
        headers = self.headers | {"Turnstream-Client": "resumable"}
        stream = self._http.stream("POST", url, json=body, headers=headers)
        response = await self._opened.enter_async_context(stream)
        if response.status_code != 200:
            await response.aread()
        return response

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask the first gateway for something."""
        return await self._http.get(f"{self._gateways[0]}{path}", headers=self.headers | headers)

    def of(self, tenant: str) -> "User":
        """As the user of another tenant, who comes through a proxy."""
        self.headers |= {"X-Tenant-Id": tenant, "X-Proxy-Secret": PROXY_SECRET}
        return self

    async def stop(self, turn_id: str) -> httpx2.Response:
        """Stop a turn."""
        url = f"{self._gateways[0]}/turns/{turn_id}/cancel"
        return await self._http.post(url, headers=self.headers)

    async def _post(self, body: dict[str, Any], gateway: int) -> httpx2.Response:
        url = f"{self._gateways[gateway]}/chatkit"
        return await self._http.post(url, json=body, headers=self.headers)


async def set_tenant(stack: Stack, name: str, **own: Any) -> None:
    """Give a tenant limits of its own, as an operator does."""
    url, timeout = (stack.data_dir / "run/store.url").read_text().strip(), timedelta(seconds=10)
    async with HttpStoreClient(url, retry_timeout=timeout, key=stack.internal_key) as store:
        await store.tenants.set(name, TenantSettings(**own))


def told(answer: httpx2.Response) -> tuple[int, str, str | None]:
    """The status of a refusal, its code, and the limit that it names."""
    body = answer.json()
    return answer.status_code, body["code"], body.get("limit")
