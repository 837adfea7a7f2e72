"""What the metrics of all services share: labels that stay few, and what is told of each process.

A metric stands in the module that counts. Its name begins with `turnstream_`, its unit is a base
unit (`_seconds`, `_bytes`), and a counter ends in `_total`. docs/reference/metrics.md lists all.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, disable_created_metrics

OTHER = "other"
"""The label of whatever has none of its own."""
FEW = 100
"""Values of one label: each is a series for Prometheus, of a histogram a dozen."""
_LONGEST = 100
"""Characters of a label: a tool or a model may be named at any length."""

# One series more for each of a counter's, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs has no types

BUILD = Gauge("turnstream_build_info", "1, by service and version.", ["service", "version"])
REFUSALS = Counter(
    "turnstream_refusals_total", "Requests that were answered with a failure, by code.", ["code"]
)
READY = Gauge(
    "turnstream_ready",
    "Whether something that the service needs works, as `/ready` says: 1 or 0.",
    ["check"],
)


class BoundedLabel:
    """A label whose values come from an app or a server: the first ones keep their names, and all
    that come when there are enough are `other`.
    """

    def __init__(self, most: int = FEW) -> None:
        self._most = most
        self._known: set[str] = set()

    def of(self, value: str) -> str:
        """The label of a value."""
        if value in self._known:
            return value
        if len(self._known) >= self._most or len(value) > _LONGEST:
            return OTHER
        self._known.add(value)
        return value


class TenantLabel:
    """The label `tenant`: the name of those that METRICS_TENANTS names, `other` for the rest."""

    def __init__(self) -> None:
        self.values: tuple[str, ...] = (OTHER,)
        """All values that there are."""

    def name(self, tenants: Iterable[str]) -> None:
        """Give these tenants series of their own, and no others."""
        self.values = (*dict.fromkeys(tenants), OTHER)

    def of(self, tenant: str) -> str:
        """The label of a tenant."""
        return tenant if tenant in self.values else OTHER


tenants = TenantLabel()
"""The tenants of this process, as its metrics are. `telemetry.set_up` names the tenants."""
