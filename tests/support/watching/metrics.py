"""What Prometheus would have seen of this process, before and after."""

from prometheus_client import REGISTRY


class Rise:
    """How much a metric has risen since this was made. A metric that is not there yet is 0."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name = name
        self._labels = labels
        self._before = self._read()

    def _read(self) -> float:
        return REGISTRY.get_sample_value(self._name, self._labels) or 0.0

    @property
    def amount(self) -> float:
        """By how much."""
        return self._read() - self._before
