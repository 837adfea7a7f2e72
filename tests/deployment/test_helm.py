"""The chart for Kubernetes: as Helm itself renders it, and as Kubernetes would take it.

Helm is `$HELM`, on the path, or where `.ci/helm` puts it. `make helm` also brings the schemas of
Kubernetes.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings
from turnstream.setting_names import SETTINGS
from turnstream_gateway.settings import GatewaySettings
from turnstream_store.settings import StoreSettings
from turnstream_store.turns import metrics
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/turnstream"
HELM = os.environ.get("HELM") or shutil.which("helm") or shutil.which(ROOT / "build/helm/helm")
SIZES = ("", "small", "large", "managed")
CLASSES: Mapping[str, type[BaseSettings]] = {
    "gateway": GatewaySettings,
    "store": StoreSettings,
    "tools": ToolsSettings,
    "agent-worker": WorkerSettings,
}
THEIRS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
"""Names that belong to the clients of S3."""
KEY = "k" * 40
SECRET = {
    "INTERNAL_KEY": KEY,
    "URL_SIGNING_KEY": KEY,
    "CREDENTIAL_KEYS": KEY,
    "METRICS_KEY": KEY,
    "REDIS_URL": "redis://redis:6379/0",
    "DATABASE_URL": "postgresql+asyncpg://store@postgres/turnstream",
}

pytestmark = pytest.mark.skipif(
    HELM is None, reason="Helm is neither $HELM nor on the path, nor brought by .ci/helm"
)
Document = dict[str, Any]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(HELM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rendered(size: str = "", *more: str) -> list[Document]:
    """What the chart becomes with the values of a size."""
    values = ["--values", str(CHART / f"values-{size}.yaml")] if size else []
    ran = helm("template", "live", str(CHART), "--namespace", "chat", *values, *more)
    assert ran.returncode == 0, ran.stderr
    return [document for document in yaml.safe_load_all(ran.stdout) if document]


def of_kind(documents: list[Document], kind: str) -> dict[str, Document]:
    """The documents of a kind, by the service that each is for."""
    return {
        each["metadata"]["name"].removeprefix("live").removeprefix("-"): each
        for each in documents
        if each["kind"] == kind
    }


def pods(documents: list[Document]) -> Iterator[tuple[str, Document]]:
    """What each kind of pod is to be."""
    for kind in ("Deployment", "Job"):
        for name, document in of_kind(documents, kind).items():
            yield name, document["spec"]["template"]["spec"]


@pytest.mark.parametrize("size", SIZES)
def test_helm_finds_nothing_wrong(size: str) -> None:
    """With the values of each size."""
    values = ["--values", str(CHART / f"values-{size}.yaml")] if size else []
    ran = helm("lint", "--strict", str(CHART), *values)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("size", SIZES)
def test_kubernetes_takes_every_document(size: str) -> None:
    """By its own schemas, without a field that they do not know."""
    schemas = pytest.importorskip("kubernetes_validate")
    for document in rendered(size):
        if ".k8s.io" in document["apiVersion"] or "." not in document["apiVersion"]:
            schemas.validate(document, "1.37", strict=True)


@pytest.mark.parametrize("size", SIZES)
def test_every_service_takes_its_settings(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is one, and has a value that can be used."""
    for name, document in of_kind(rendered(size), "Deployment").items():
        (container,) = document["spec"]["template"]["spec"]["containers"]
        env = {each["name"]: each.get("value") for each in container["env"]}
        assert set(env) - THEIRS <= SETTINGS | {"OPENAI_API_KEY"}, name
        with monkeypatch.context() as patch:
            for variable, value in {**SECRET, **env}.items():
                patch.setenv(variable, value or SECRET.get(variable, "x" * 40))
            CLASSES[name]()


@pytest.mark.parametrize("size", SIZES)
def test_nobody_gets_more_than_they_need(size: str) -> None:
    """No root, nothing to write to, no right in the cluster; the database is the store's."""
    for name, pod in pods(rendered(size)):
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        names = {each["name"] for each in container["env"]}
        assert ("DATABASE_URL" in names) == (name in ("store", "migrate"))


@pytest.mark.parametrize(
    ("values", "least"),
    [
        ("worker.drainSeconds=90,worker.terminationGracePeriodSeconds=90", 105),
        ("tools.drainSeconds=30", 45),
        ("gateway.shutdownDelaySeconds=20", 50),
        ("store.terminationGracePeriodSeconds=15", 20),
    ],
)
def test_a_pod_has_more_time_than_its_service_needs_to_end(values: str, least: int) -> None:
    """Or else it would be killed before it has handed over what it runs."""
    ran = helm("template", "live", str(CHART), "--set", values)
    assert ran.returncode != 0
    assert f"must be at least {least}" in ran.stderr


@pytest.mark.parametrize(
    "values",
    [
        "worker.replicas=0",
        "worker.settings.DRAIN=5s",
        "settings.INTERNAL_KEY=secret",
        "gateway.replica=3",
        "autoscaling.utilization=1.5",
    ],
)
def test_values_that_can_not_be_meant_are_refused(values: str) -> None:
    """Misspelt ones, secrets that would stand in the chart, and what the chart sets itself."""
    ran = helm("template", "live", str(CHART), "--set", values)
    assert ran.returncode != 0
    assert "values don't meet the specifications" in ran.stderr


def test_the_schema_is_migrated_before_anything_of_the_new_version_starts() -> None:
    """By a hook, as the user that owns the tables, if there is one."""
    (job,) = of_kind(rendered(), "Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"][-1] == "migrate"
    assert "MIGRATION_DATABASE_URL" in {each["name"] for each in container["env"]}


def test_workers_are_scaled_by_what_waits() -> None:
    """Turns that run or wait as a share of the slots, and the age of the oldest."""
    documents = rendered("large")
    (scaled,) = of_kind(documents, "ScaledObject").values()
    share, oldest = scaled["spec"]["triggers"]
    (backlog,), (age,) = metrics.BACKLOG.describe(), metrics.OLDEST.describe()
    counted = f'{backlog.name}{{namespace="chat",state=~"queued|running"}}'
    assert share["metadata"]["query"] == f"sum(max by (tenant, state) ({counted}))"
    assert float(share["metadata"]["threshold"]) == 80  # of 100 slots
    assert oldest["metadata"]["query"] == f'max({age.name}{{namespace="chat"}})'
    assert "replicas" not in of_kind(documents, "Deployment")["agent-worker"]["spec"]


def test_every_service_is_asked_on_the_port_that_answers_to_the_end() -> None:
    """By probes, by Prometheus, and by nobody whom the network keeps out."""
    documents = rendered("large")
    monitor = of_kind(documents, "ServiceMonitor")[""]
    (relabeling,) = monitor["spec"]["endpoints"][0]["relabelings"]
    jobs = yaml.safe_load((CHART.parents[1] / "prometheus/prometheus.yml").read_text())
    for job in jobs["scrape_configs"]:
        component = job["job_name"].replace("turnstream-worker", "turnstream-agent-worker")
        named = re.sub(relabeling["regex"], r"turnstream-\2", component.removeprefix("turnstream-"))
        assert named == job["job_name"]
    assert [each["port"] for each in monitor["spec"]["endpoints"]] == ["health"]
    services = of_kind(documents, "Service")
    for name, document in of_kind(documents, "Deployment").items():
        (container,) = document["spec"]["template"]["spec"]["containers"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["port"] == "health"
        assert "health" in {port["name"] for port in services[name]["spec"]["ports"]}
        assert of_kind(documents, "NetworkPolicy")[name]["spec"]["policyTypes"] == ["Ingress"]
        assert of_kind(documents, "PodDisruptionBudget")[name]["spec"]["maxUnavailable"] == 1
