"""What Prometheus is told of model calls, under the names of OpenTelemetry's GenAI conventions.

They are those of 1.41, in the form that Prometheus gives them: docs/decisions/058 says why.
"""

import asyncio
import time
from types import TracebackType
from typing import Self

from prometheus_client import Histogram
from turnstream.metrics import BoundedLabel

from turnstream_worker.usage.counting import Tokens
from turnstream_worker.usage.model_call import ModelCall
from turnstream_worker.usage.providers import provider_of

_LABELS = ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model"]
DURATION = Histogram(
    "gen_ai_client_operation_duration_seconds",
    "Model calls: from the request until the end of the answer.",
    [*_LABELS, "error_type"],
    buckets=(
        *(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
        *(1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
    ),
)
FIRST_CHUNK = Histogram(
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "Streamed model calls: from the request until the first piece of the answer.",
    _LABELS,
    buckets=(
        *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1),
        *(0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40),
    ),
)
TOKENS = Histogram(
    "gen_ai_client_token_usage",
    "Tokens of a model call, by kind: input or output.",
    [*_LABELS, "gen_ai_token_type"],
    buckets=tuple(4**exponent for exponent in range(14)),
)

_models, _providers, _errors = BoundedLabel(), BoundedLabel(), BoundedLabel()


def used(call: ModelCall, tokens: Tokens) -> None:
    """What a call used, as its server told it."""
    TOKENS.labels(*_labels(call), "input").observe(tokens.input_tokens)
    TOKENS.labels(*_labels(call), "output").observe(tokens.output_tokens)


class TimedCall:
    """A model call under way: the block makes the request and reads its answer."""

    def __init__(self, call: ModelCall) -> None:
        self._labels = _labels(call)
        self._began = time.monotonic()
        self._over = False

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def first_chunk(self) -> None:
        """A streamed answer begins."""
        FIRST_CHUNK.labels(*self._labels).observe(time.monotonic() - self._began)

    def ended(self, error: BaseException | None = None) -> None:
        """The answer has ended, or failed by this; what comes later does not count any more."""
        if not self._over:
            self._over = True
            took = time.monotonic() - self._began
            DURATION.labels(*self._labels, _error_type(error)).observe(took)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.ended(error)


def _labels(call: ModelCall) -> tuple[str, str, str]:
    provider = _providers.of(provider_of(call.host))
    return call.operation, provider, _models.of(call.model or "unknown")


def _error_type(error: BaseException | None) -> str:
    """The name of what was raised; `cancelled` where nobody wanted the answer any more."""
    if error is None:
        return ""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "cancelled"
    return _errors.of(type(error).__name__)
