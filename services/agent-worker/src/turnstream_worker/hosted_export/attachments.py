"""Attachments: their bytes, from the links that the hosted API gives with the items."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import stamina
from turnstream.hosted.folder import attachment_path

_LARGEST = 512 * 1024 * 1024
"""Bytes; hosted ChatKit takes no larger file."""
_TRIES = 4
_TIMEOUT = 60.0
"""Seconds without a byte."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class AttachmentMissing(Exception):
    """The bytes cannot be had; the text says why."""


class _TemporarilyMissing(AttachmentMissing):
    """They may be had in a moment."""


class Downloads:
    """Fetches attachments into the folder, each once."""

    def __init__(self, http: httpx2.AsyncClient, base_url: str, key: str, folder: Path) -> None:
        self._http = http
        self._api = httpx2.URL(base_url)
        self._key = key
        self._folder = folder

    async def fetch(self, attachment_id: str, url: str | None) -> None:
        """Keep the bytes of an attachment. Raises `AttachmentMissing`."""
        path = attachment_path(self._folder, attachment_id)
        if path.exists():
            return
        if not url:
            raise AttachmentMissing("the API gives no link to it")
        retrying = stamina.AsyncRetryingCaller(attempts=_TRIES).on(_TemporarilyMissing)
        await retrying(self._try, url, path)

    async def _try(self, url: str, path: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        try:
            async with self._open(url) as response:
                size = 0
                with part.open("wb") as file:
                    async for piece in response.aiter_bytes():
                        size += file.write(piece)
                        if size > _LARGEST:
                            raise AttachmentMissing(f"it is larger than {_LARGEST} bytes")
            part.replace(path)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.TooManyRedirects) as error:
            raise AttachmentMissing(f"its link does not work ({error})") from error
        except httpx2.TransportError as error:
            raise _TemporarilyMissing(f"no answer ({type(error).__name__})") from error
        finally:
            part.unlink(missing_ok=True)

    @asynccontextmanager
    async def _open(self, url: str) -> AsyncIterator[httpx2.Response]:
        async with self._http.stream("GET", url, headers=self._headers(url)) as response:
            status = response.status_code
            if status in _PASSING:
                raise _TemporarilyMissing(f"its link answers {status}")
            if status != 200:
                raise AttachmentMissing(f"its link answers {status}")
            yield response

    def _headers(self, url: str) -> dict[str, str]:
        """The API's own host is shown the key, and no other: the link comes with the items."""
        link = httpx2.URL(url)
        own = (self._api.scheme, self._api.host, self._api.port)
        if (link.scheme, link.host, link.port) != own:
            return {}
        return {"Authorization": f"Bearer {self._key}"}


def client() -> httpx2.AsyncClient:
    """Connections for downloads. What redirects to another host takes no key along."""
    return httpx2.AsyncClient(follow_redirects=True, timeout=_TIMEOUT)
