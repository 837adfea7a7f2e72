"""A real Prometheus reads the services by the sample configuration, with METRICS_KEY."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from turnstream_gateway.app import create_app as create_gateway
from turnstream_gateway.settings import GatewaySettings
from turnstream_store.app import create_app as create_store
from turnstream_store.settings import StoreSettings
from turnstream_tools.app import create_app as create_tools
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.app import create_app as create_worker
from turnstream_worker.settings import WorkerSettings

from tests.support.system.services import serving
from tests.support.waiting import wait_until_equal
from tests.support.watching.prometheus import ask, is_here, running_prometheus
from tests.unit.metrics.test_queries import RULES

KEY = "a-key-for-prometheus"
_TIMEOUT = 40
"""Seconds: Prometheus looks at its targets for the first time after five."""
pytestmark = pytest.mark.skipif(not is_here(), reason="no Prometheus; .ci/promtool installs one")


def services() -> dict[str, FastAPI]:
    """Each service under its job's name; the metrics ask for the key."""
    own = {"metrics_key": KEY}
    assistant = {"assistant": "tests.support.scripted_server:create"}
    return {
        "turnstream-gateway": create_gateway(GatewaySettings.model_validate(own)),
        "turnstream-worker": create_worker(WorkerSettings.model_validate(own | assistant)),
        "turnstream-tools": create_tools(ToolsSettings.model_validate(own)),
        "turnstream-store": create_store(StoreSettings.model_validate(own)),
    }


def sample(addresses: dict[str, str], folder: Path) -> dict[str, Any]:
    """deploy/prometheus/prometheus.yml, sooner, and with addresses where it looks them up. Beside
    each of its jobs there is one of a stranger, with another key.
    """
    config: dict[str, Any] = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s"}
    for job in config["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [addresses[job["job_name"]].removeprefix("http://")]}]
    wrong = {"credentials_file": "wrong_key"}
    config["scrape_configs"] += [
        job | {"job_name": f"{job['job_name']} by a stranger", "authorization": wrong}
        for job in config["scrape_configs"]
    ]
    (folder / "metrics_key").write_text(KEY)
    (folder / "wrong_key").write_text(f"{KEY}x")
    (folder / "rules.yml").write_text(RULES.read_text())
    return config


async def test_prometheus_shows_the_key_of_its_file(tmp_path: Path) -> None:
    """Every service lets it read its metrics, by that key and no other."""
    async with AsyncExitStack() as stack:
        apps = services()
        at = {  # their metrics need no server
            job: await stack.enter_async_context(serving(app, started=False))
            for job, app in apps.items()
        }
        address = stack.enter_context(running_prometheus(sample(at, tmp_path), tmp_path))

        def seen() -> dict[str, str]:
            try:
                targets = ask(address, "targets")["activeTargets"]
            except OSError:
                return {}  # it is starting
            return {each["scrapePool"]: each["lastError"] or each["health"] for each in targets}

        refused = "server returned HTTP status 401 Unauthorized"
        expected = dict.fromkeys(apps, "up")
        expected |= {f"{job} by a stranger": refused for job in apps}
        await asyncio.to_thread(wait_until_equal, seen, expected, _TIMEOUT)
