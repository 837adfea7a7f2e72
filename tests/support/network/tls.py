"""Certificates for tests, and TLS in front of servers whose programs were built without it."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path

import trustme

_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""What a Postgres client sends first, to ask for TLS."""
_PIECE = 65_536


class Authority:
    """A certificate authority, and a server's certificate for an address of this machine."""

    def __init__(self, directory: Path, address: str = "127.0.0.1") -> None:
        self._issuer = trustme.CA()
        issued = self._issuer.issue_cert(address)
        self.ca_file, self.cert_file, self.key_file = (
            directory / name for name in ("ca.pem", "server.pem", "server-key.pem")
        )
        self._issuer.cert_pem.write_to_path(str(self.ca_file))
        issued.cert_chain_pems[0].write_to_path(str(self.cert_file))
        issued.private_key_pem.write_to_path(str(self.key_file))
        self.server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued.configure_cert(self.server_context)


@contextlib.contextmanager
def tls_before(port: int, authority: Authority, *, postgres: bool = False) -> Iterator[int]:
    """The port of a server that speaks TLS and nothing else, before the one on `port`.

    A client of Postgres asks in the clear whether there is TLS, and is refused if it does not.
    """
    front = _Front(port, authority.server_context, postgres=postgres)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(front.start())
    thread = threading.Thread(target=loop.run_forever, name="tls", daemon=True)
    thread.start()
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(front.stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Front:
    def __init__(self, port: int, context: ssl.SSLContext, *, postgres: bool) -> None:
        self._port = port
        self._context = context
        self._postgres = postgres
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> asyncio.Server:
        context = None if self._postgres else self._context
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)

    async def stop(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if not self._postgres or await self._asked_for_tls(reader, writer):
                    await self._connect(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _asked_for_tls(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if await reader.readexactly(len(_SSL_REQUEST)) != _SSL_REQUEST:
            return False
        writer.write(b"S")
        await writer.start_tls(self._context)
        return True

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            ways: list[Coroutine[None, None, None]] = [
                _pass_on(reader, behind_writer),
                _pass_on(behind_reader, writer),
            ]
            tasks = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            behind_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
