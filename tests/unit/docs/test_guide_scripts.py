"""The scripts and the proxy's lines in the guides do what the guides say: they are run here."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.support.waiting import free_port, wait_until_async

GUIDES = Path(__file__).parents[3] / "docs/guides"
IN_NODE = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
BEHIND_NGINX = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")

PAGE = "const chat = { setOptions: () => {} }, options = { api: {} };"


def block(page: str, language: str, holds: str) -> str:
    """The example of a guide that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (GUIDES / page).read_text(), re.DOTALL)
    [found] = [each for each in blocks if holds in each]
    return str(found)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an app; its address."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def run_in_node(script: str, base: str) -> str:
    """What a script prints, with a server of ours in place of the guide's."""
    node = await asyncio.create_subprocess_exec(
        "node",
        "--input-type=module",
        "-e",
        script.replace("http://localhost:8000", base),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, complaint = await asyncio.wait_for(node.communicate(), 20)
    assert node.returncode == 0, complaint.decode()
    return said.decode()


class MintingServer:
    """A gateway that takes the newest client secret alone, and the app's server that mints them."""

    def __init__(self) -> None:
        self.minted = 0
        self.asked: list[tuple[str, str, str]] = []
        self.app = web.Application()
        self.app.router.add_post("/api/create-session", self._mint)
        self.app.router.add_post("/v1/chatkit/conversation", self._converse)

    async def _mint(self, _: web.Request) -> web.Response:
        await asyncio.sleep(0.05)  # time for others to need one too
        self.minted += 1
        return web.json_response({"client_secret": f"tss_{self.minted}"})

    async def _converse(self, request: web.Request) -> web.Response:
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        self.asked.append((bearer, request.headers["X-Page"], await request.text()))
        taken = bearer == "tss_2"  # the first has expired
        return web.json_response({}, status=200 if taken else 401)


@IN_NODE
@pytest.mark.parametrize("page", ["hosted-sessions.md", "zh-TW/hosted-sessions.md"])
async def test_a_page_renews_its_client_secret_once_for_all_requests(page: str) -> None:
    """The secret is kept; when it is refused one new one is asked for, and each request repeated
    with it. A request that is refused again fails.
    """
    server = MintingServer()
    script = block(page, "js", "function withClientSecret")
    script = script.replace("'/api/create-session'", "'http://localhost:8000/api/create-session'")
    ask = """
    const headers = { 'X-Page': 'yes' };
    const send = (body) => options.api.fetch(options.api.url, { method: 'POST', body, headers });
    const first = await Promise.all(['a', 'b', 'c'].map(send));
    const later = await send('d');
    console.log([...first, later].map((response) => response.status).join(' '));
    const stubborn = withClientSecret(async () => 'tss_old');
    const sent = { method: 'POST', body: 'e', headers };
    console.log((await stubborn(options.api.url, sent)).status);
    """
    async with serving(server.app) as base:
        seen = await run_in_node(PAGE + script + ask, base)
    assert seen.split() == ["200", "200", "200", "200", "401"]
    assert server.minted == 2
    old, new = (
        [("tss_1", "yes", each) for each in "abc"],
        [("tss_2", "yes", each) for each in "abcd"],
    )
    assert sorted(server.asked) == [*old, *new, *[("tss_old", "yes", "e")] * 2]


@contextmanager
def nginx(page: str, tmp_path: Path, gateway: str, login: str) -> Iterator[str]:
    """nginx with the lines of a guide in a server of its own; its address."""
    lines = block(page, "nginx", "auth_request").replace("http://127.0.0.1:8000", gateway)
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers can't write to `tmp_path`
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"""
    {user} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; worker_processes 1;
    events {{ worker_connections 64; }}
    http {{
      access_log off;
      client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;
      fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
      server {{
        listen 127.0.0.1:{port};
        {lines.replace("http://127.0.0.1:3000", login)}
      }}
    }}""")
    server = subprocess.Popen(["nginx", "-e", f"{tmp_path}/error.log", "-c", str(conf)])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


async def check_login(request: web.Request) -> web.Response:
    """The app's own route: a session is a cookie with the user's name."""
    user = request.cookies.get("session")
    return web.Response(status=204, headers={"X-User": user}) if user else web.Response(status=401)


@BEHIND_NGINX
@pytest.mark.parametrize("page", ["authentication-proxy.md", "zh-TW/authentication-proxy.md"])
async def test_the_proxys_lines_hold(page: str, tmp_path: Path) -> None:
    """The user is the login's, links lead back, uploads fit, and a stream is not collected."""
    more = asyncio.Event()

    async def echo(request: web.Request) -> web.StreamResponse:
        size = len(await request.read())
        told = {name.lower(): value for name, value in request.headers.items()}
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(json.dumps([size, told]).encode() + b"\n")
        await asyncio.wait_for(more.wait(), 10)
        return answer

    gateway, login = web.Application(client_max_size=2**30), web.Application()
    gateway.router.add_route("*", "/{path:.*}", echo)
    login.router.add_get("/login/check", check_login)
    async with (
        serving(gateway) as inside,
        serving(login) as app,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as browser,
    ):
        with nginx(page, tmp_path, inside, app) as base:
            await wait_until_async(lambda: (tmp_path / "pid").exists())
            spoofed = {"X-User-Id": "mallory", "X-Forwarded-Host": "evil.test"}
            async with browser.post(f"{base}/chatkit", headers=spoofed, data=b"{}") as refused:
                assert refused.status == 401
            headers = {**spoofed, "Cookie": "session=alice"}
            body = b"x" * (20 * 1024 * 1024)
            for path in ("/chatkit", "/attachments", "/outbox", "/threads/x/turn"):
                more.clear()
                async with browser.post(base + path, headers=headers, data=body) as answer:
                    assert answer.status == 200, await answer.text()
                    line = await answer.content.readline()  # while the rest is still to come
                    more.set()
                size, told = eval(line)  # what `echo` wrote
                assert (size, told["x-user-id"]) == (len(body), "alice")
                assert told["host"] == base.removeprefix("http://")
                assert told["x-forwarded-proto"] == "http"
                assert "x-forwarded-host" not in told
                body = b"{}"
