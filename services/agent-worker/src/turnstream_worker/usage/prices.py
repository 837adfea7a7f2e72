"""What a model call costs: by the operator's own prices, else by the `genai-prices` package.

The package has the public prices of a thousand models, in code: it takes half a second of
processor time and 76 MB to load. So it is loaded when a model is asked whose price nobody set, in
a thread, while that model answers. It asks no network.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from prometheus_client import Counter
from turnstream.contracts.operating.usage import MICRO_USD
from turnstream.telemetry import get_logger

from turnstream_worker.models.settings import ModelPrice, ModelSettings
from turnstream_worker.usage.counting import Tokens

log = get_logger(__name__)

UNPRICED = Counter("turnstream_unpriced_model_calls", "Model calls whose price nobody knows.")
ANY = "*"
"""The name that stands in `MODEL_PRICES` for the models that are not named."""
_MILLION = 1_000_000
_KNOWN = 256
"""Models whose prices are kept at hand."""

Calculation = Callable[[Any], Mapping[str, Any]]


class Prices:
    """The prices of the models of a worker."""

    def __init__(self, own: Mapping[str, ModelPrice]) -> None:
        self._own = own
        self._loading: asyncio.Task[Any] | None = None
        self._unknown: set[tuple[str, str]] = set()

    def prepare(self, model: str, host: str) -> None:
        """Load what is needed to price a model, while it is asked."""
        if _is_sold(model, host) and self._own_price(model) is None:
            self._load()

    async def cost(self, model: str, host: str, tokens: Tokens) -> int | None:
        """Micro-USD; None where nobody knows the price.

        A host that the package does not know has no price: a model of the same name may be
        anybody's. A model without a host is looked for by its name alone.
        """
        own = self._own_price(model)
        if own is not None:
            return _by_price(own, tokens)
        if _is_sold(model, host):
            calculation = await asyncio.shield(self._load())
            found = calculation(model.removeprefix("litellm/").removeprefix("any-llm/"), host)
            if found is not None:
                return _by_package(found, tokens)
        UNPRICED.inc()
        if (model, host) not in self._unknown and len(self._unknown) < _KNOWN:
            self._unknown.add((model, host))
            log.info("no price is known for a model: see MODEL_PRICES", model=model, host=host)
        return None

    def _own_price(self, model: str) -> ModelPrice | None:
        return self._own.get(model) or self._own.get(ANY)

    def _load(self) -> "asyncio.Task[Any]":
        if self._loading is None or self._loading.get_loop() is not asyncio.get_running_loop():
            self._loading = asyncio.create_task(asyncio.to_thread(_package))
        return self._loading


def _is_sold(model: str, host: str) -> bool:
    """Whether the package may know a price: not for an address, or a name of an inner network."""
    name = host.rpartition(":")[0] if ":" in host else host
    return bool(model) and (not name or (name[-1].isalpha() and "." in name))


def _by_price(price: ModelPrice, tokens: Tokens) -> int:
    cached = price.input if price.cached_input is None else price.cached_input
    fresh = tokens.input_tokens - tokens.cached_input_tokens
    dollars = (
        fresh * price.input
        + tokens.cached_input_tokens * cached
        + tokens.output_tokens * price.output
    ) / _MILLION
    return round(dollars * MICRO_USD)


def _by_package(calculation: Calculation, tokens: Tokens) -> int | None:
    from genai_prices import Usage

    used = Usage(
        input_tokens=tokens.input_tokens,
        cache_read_tokens=tokens.cached_input_tokens,
        output_tokens=tokens.output_tokens,
        input_audio_tokens=tokens.audio_input_tokens,
        output_audio_tokens=tokens.audio_output_tokens,
    )
    try:
        cost: int = round(calculation(used)["total_price"] * MICRO_USD)
    except (LookupError, ValueError, ArithmeticError) as error:
        log.warning("a model call could not be priced", error=error)
        return None
    return cost


@lru_cache(1)
def _package() -> Callable[[str, str], Calculation | None]:
    """Load the package, and find prices in it from then on."""
    from genai_prices import Usage, calc_price

    @lru_cache(_KNOWN)
    def calculation(model: str, host: str) -> Calculation | None:
        address = f"https://{host}/v1" if host else None
        try:
            found = calc_price(
                Usage(input_tokens=1, output_tokens=1), model, provider_api_url=address
            )
        except (LookupError, ValueError):
            return None
        by_price: Calculation = found.model_price.calc_price
        return by_price

    calculation("gpt-5.4", "api.openai.com")  # reads the prices, which the first look does
    return calculation


@lru_cache(1)
def default_prices() -> Prices:
    """The prices of this process, by its environment."""
    return Prices(ModelSettings().model_prices)
