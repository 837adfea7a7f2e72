"""`turnstream doctor` on a running system, and through proxies that do what they should not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from turnstream.doctor.findings import Status
from turnstream.doctor.probe import Target
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient
from tests.support.network.proxies import NGINX, Habits, nginx_before, proxy_before
from tests.support.system.doctor import bad, findings
from tests.support.system.gateways import gateway_beside
from tests.support.waiting import free_port

SHOP = "https://shop.example"
USER = "checked"


@pytest.fixture(scope="module")
def gateway(demo: Stack) -> Iterator[str]:
    """A gateway whose pages may be a shop's, and whose silences are short."""
    settings = {"CORS_ORIGINS": SHOP, "HEARTBEAT": "1s"}
    with gateway_beside(demo, settings) as beside:
        yield beside.url


def doctor(stack: Stack, *arguments: str, **env: str) -> tuple[int, list[dict[str, Any]]]:
    """What the command says beside a stack, as `make up` starts one."""
    ended = subprocess.run(
        [sys.executable, "-m", "turnstream.cli", "doctor", "--json", *arguments],
        env={**os.environ, "DATA_DIR": str(stack.data_dir), **env},
        cwd=stack.data_dir,
        capture_output=True,
        text=True,
        timeout=450,
        check=False,
    )
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


@pytest.mark.timeout(480)
def test_all_is_well_with_a_running_system(demo: Stack, gateway: str) -> None:
    """Every probe looks; that a machine is slow and a server of tests has no bound is no fault."""
    port = str(urlsplit(demo.gateway_urls[0]).port)
    code, told = doctor(demo, "--gateway", gateway, "--origin", SHOP, PORT=port)

    wrong = [each for each in told if each["verdict"] not in ("ok", "skipped")]
    known = (" takes ", " maxmemory")
    assert [each for each in wrong if not any(part in each["message"] for part in known)] == []
    assert code == 0
    skipped = {each["probe"] for each in told if each["verdict"] == "skipped"}
    assert skipped == set()
    assert len({each["probe"] for each in told}) == 15


async def test_nothing_stays_behind(gateway: str) -> None:
    """Of the file that was sent, and of the user who sent it."""
    target = Target(gateway=gateway, user=USER)
    assert [each.status for each in await findings("files", target)] == [Status.OK]
    async with ChatClient(gateway, user=USER) as client:
        assert (await client.list_threads())["data"] == []


async def test_a_proxy_that_buffers(gateway: str) -> None:
    with proxy_before(gateway, Habits(buffers=True)) as url:
        [found] = await bad("proxy", Target(gateway=url))
    assert found.status is Status.FAILURE
    assert "5 events that leave the gateway 300 ms apart come together" in found.message


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")
async def test_an_nginx_that_buffers_and_one_that_does_not(gateway: str, tmp_path: Path) -> None:
    """It keeps what it packs until the end, unless it heeds the gateway's X-Accel-Buffering."""
    passes_on = "proxy_http_version 1.1; proxy_set_header Host $http_host;"
    packs = "gzip on; gzip_types text/event-stream; gzip_min_length 0; gzip_proxied any;"
    ignores = f"{passes_on} {packs} proxy_ignore_headers X-Accel-Buffering;"
    with nginx_before(gateway, tmp_path, ignores) as url:
        found = [each.message for each in await bad("proxy", Target(gateway=url))]
    assert "a proxy buffers streams" in found[0]
    assert "a proxy compresses streams (gzip)" in found[1]
    with nginx_before(gateway, tmp_path, passes_on) as url:
        assert await bad("proxy", Target(gateway=url)) == []


async def test_a_proxy_that_hides_the_host(gateway: str) -> None:
    """Links to files would lead where no browser gets: two probes say so."""
    with proxy_before(gateway, Habits(host="localhost:1")) as url:
        [seen] = await bad("proxy", Target(gateway=url))
        [link] = await bad("files", Target(gateway=url))
    assert f"the gateway takes http://localhost:1 for its address, not {url}" in seen.message
    assert "leads to http://localhost:1/files/" in link.message


async def test_a_proxy_that_does_not_tell_the_scheme(gateway: str) -> None:
    """A browser's `https` that arrives as `http`, here by an address that only looks so."""
    from turnstream.doctor.http_request import Request, ask
    from turnstream.doctor.probes.proxy import _arrived

    answer = await ask(Request(f"{gateway}/probe/stream", headers={"X-User-Id": USER}))
    [found] = _arrived(gateway.replace("http:", "https:"), answer)
    assert "the gateway sees http, browsers use https" in found.message
    assert "X-Forwarded-Proto" in found.remedy


async def test_a_proxy_that_is_impatient(gateway: str) -> None:
    assert await bad("timeouts", Target(gateway=gateway)) == []
    with proxy_before(gateway, Habits(timeout=0.3)) as url:
        [found] = await bad("timeouts", Target(gateway=url))
    assert "a silent stream is cut before HEARTBEAT is over" in found.message


async def test_a_proxy_that_compresses_streams(gateway: str) -> None:
    with proxy_before(gateway, Habits(compresses=True)) as url:
        [found] = await bad("proxy", Target(gateway=url))
    assert "a proxy compresses streams (gzip)" in found.message


async def test_an_origin_that_may_and_one_that_may_not(gateway: str) -> None:
    assert await bad("cors", Target(gateway=gateway, origin=SHOP)) == []
    found = await bad("cors", Target(gateway=gateway, origin="https://other.example"))
    assert [each.status for each in found] == [Status.FAILURE, Status.FAILURE]
    assert "Add https://other.example to CORS_ORIGINS" in found[0].remedy
    [found_path] = await bad("cors", Target(gateway=gateway, origin=f"{SHOP}/chat"))
    assert "is no origin" in found_path.message


async def test_a_proxy_that_answers_for_the_gateway_too(gateway: str) -> None:
    """Browsers refuse a permission that is given twice."""
    adds = {"Access-Control-Allow-Origin": SHOP}
    with proxy_before(gateway, Habits(adds=adds)) as url:
        found = await bad("cors", Target(gateway=url, origin=SHOP))
    assert all("2 times; browsers refuse that" in each.message for each in found[:2])


async def test_a_bearer_that_is_refused_and_none(demo: Stack) -> None:
    """Without one nothing more is looked at; a refused one is a failure."""
    with gateway_beside(demo, {"AUTH": "sessions"}) as closed:
        without = Target(gateway=closed.url)
        assert [each.message for each in await findings("auth", without)] == [
            "a request without a credential is refused"
        ]
        [skipped] = await findings("proxy", without)
        assert skipped.status is Status.SKIPPED
        assert "give --bearer" in skipped.message
        [found] = await bad("auth", Target(gateway=closed.url, bearer="cksess_wrong"))
    assert "the gateway refuses the bearer: 401" in found.message


async def test_a_gateway_that_believes_whoever_comes(
    gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On this machine that is how one tries things out; under another name it is a failure."""
    from turnstream.doctor.probes import auth

    monkeypatch.setattr(auth, "_LOOPBACK", frozenset())
    [found] = await bad("auth", Target(gateway=gateway))
    assert "(AUTH=dev)" in found.message


async def test_a_path_that_leads_nowhere(gateway: str) -> None:
    """A proxy that answers by itself, and an address without a listener."""
    with proxy_before(gateway, Habits(status=404)) as url:
        target = Target(gateway=url)
        assert "is none: GET /ready says 404" in (await bad("gateway", target))[0].message
        assert "does not reach a gateway" in (await bad("auth", target))[0].message
        assert "does not reach a gateway" in (await bad("proxy", target))[0].message
    nobody = Target(gateway=f"http://127.0.0.1:{free_port()}")
    assert "nobody listens at that address" in (await bad("gateway", nobody))[0].message
