"""Every metric that the code of our packages makes, with its type and labels."""

import importlib
from typing import NamedTuple

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

OURS = ("turnstream_", "gen_ai_")
"""How the names of our metrics begin."""


class Described(NamedTuple):
    """A metric as the page and the dashboards know it."""

    kind: str
    labels: frozenset[str]


def catalogue() -> dict[str, Described]:
    """By the name under which Prometheus knows each."""
    for name in _ROOTS:
        importlib.import_module(name)
    collectors = set(REGISTRY._collector_to_names)
    known = {}
    for collector in collectors:
        if isinstance(collector, MetricWrapperBase):
            name, kind = collector._name, collector._type
            name = f"{name}_total" if kind == "counter" else name
            if name.startswith(OURS):
                known[name] = Described(str(kind), frozenset(collector._labelnames))
    return known


_ROOTS = (
    "turnstream_gateway.app",
    "turnstream_worker.app",
    "turnstream_store.app",
    "turnstream_tools.app",
    "turnstream_guide.metrics",
)
"""The composition roots, which import all that a service has, and what they import late."""


def exposed(families: dict[str, Described]) -> dict[str, frozenset[str]]:
    """The series that there are, with their labels: those of a histogram by its parts."""
    series: dict[str, frozenset[str]] = {}
    for name, (kind, labels) in families.items():
        if kind in ("histogram", "summary"):
            series |= {f"{name}_count": labels, f"{name}_sum": labels}
        if kind == "histogram":
            series[f"{name}_bucket"] = labels | {"le"}
        if kind in ("counter", "gauge"):
            series[name] = labels
    return series
