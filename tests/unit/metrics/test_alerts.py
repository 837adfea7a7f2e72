"""Prometheus itself reads the rules, and fires the alerts that it should."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.unit.metrics.test_queries import RULES, rules

PROMTOOL = os.environ.get("PROMTOOL", "promtool")
HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(
    shutil.which(PROMTOOL) is None, reason="promtool is not here; .ci/promtool installs it"
)


def promtool(*arguments: str | Path) -> str:
    """What promtool says, when it has no complaint."""
    done = subprocess.run(
        [PROMTOOL, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_reads_the_rules() -> None:
    """All of them."""
    assert f"{len(list(rules()))} rules found" in promtool("check", "rules", RULES)


def test_prometheus_reads_the_sample_configuration() -> None:
    """The one for the services of docker-compose.yml."""
    promtool("check", "config", "--syntax-only", RULES.with_name("prometheus.yml"))


def test_the_alerts_fire_when_they_should_and_not_before() -> None:
    """By what Prometheus would have seen."""
    promtool("test", "rules", HERE / "alerts.yml")


def test_each_alert_has_a_case() -> None:
    """In which it fires."""
    cases = yaml.safe_load((HERE / "alerts.yml").read_text())["tests"]
    fired = {
        re.findall('alertname="(\\w+)"', each["expr"])[0]
        for case in cases
        for each in case["promql_expr_test"]
        if each["exp_samples"]
    }
    assert fired == {rule["alert"] for rule in rules() if "alert" in rule}
