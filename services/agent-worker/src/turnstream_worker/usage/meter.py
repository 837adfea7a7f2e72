"""What an attempt uses of models and tools, and what its turn may use.

Every attempt counts all that its turn used: calls that it pays for, answers that it plays back, and
unfinished calls of earlier attempts, from their journal. So a repeated turn gets no more budget.
"""

import time
from typing import Protocol

from turnstream.contracts.ids import digest
from turnstream.contracts.operating.usage import ModelUsage, ReserveUsage
from turnstream.contracts.turns import Json, TurnBudget
from turnstream.errors import BudgetExhausted, NotFound, TurnstreamError
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt
from turnstream_worker.thread.writes import Writes
from turnstream_worker.usage import call_metrics
from turnstream_worker.usage.counting import Tokens, estimated, tokens_of
from turnstream_worker.usage.model_call import ModelCall
from turnstream_worker.usage.prices import Prices, default_prices

log = get_logger(__name__)

USUAL_OUTPUT = 2_000
"""Output tokens reserved for a call without a length limit. Most answers are shorter. A longer one
overspends by the difference, once for each concurrent call."""


class CallCounter(Protocol):
    """What counts model calls: of an attempt, or outside any turn."""

    async def admit(self, call: ModelCall) -> None:
        """Let a model be called. Raises `BudgetExhausted`."""

    async def bought(self, call: ModelCall, usage: object, answered: int = 0) -> object:
        """Count a call whose answer ended."""

    async def cut_off(self, call: ModelCall, answered: int) -> object:
        """Count a call that was bought and whose answer never ended."""

    def failed(self, call: ModelCall) -> None:
        """Forget a call that was refused, or never came to its server."""


class Meter:
    """Counts for one attempt."""

    def __init__(
        self, attempt: Attempt, client: StoreClient, writes: Writes, prices: Prices | None = None
    ) -> None:
        self._attempt = attempt
        self._client = client
        self._writes = writes
        self._prices = prices or default_prices()
        self._budget = attempt.claimed.budget or TurnBudget()
        self._tokens = self._cost = self._tool_calls = self._cut = 0
        self._under_way: dict[str, tuple[int, int]] = {}

    @property
    def tokens(self) -> int:
        """Tokens that the turn has used so far."""
        return self._tokens

    async def admit(self, call: ModelCall) -> None:
        """Let a model be called. Raises `BudgetExhausted`, and the turn ends.

        A turn ends before the call whose input would exceed its budget, calls under way included.
        """
        if call.model:
            self._prices.prepare(call.model, call.host)
        if self._budget == TurnBudget():
            return
        self._check_turn()
        tokens = estimated(call.asked)
        cost = await self._prices.cost(call.model, call.host, tokens) or 0
        held = [sum(each) for each in zip((0, 0), *self._under_way.values(), strict=True)]
        self._check("tokens", self._tokens + held[0] + tokens.input_tokens, self._budget.max_tokens)
        self._check("cost", self._cost + held[1] + cost, self._budget.max_cost)
        if self._budget.reserves:
            await self._reserve(call, tokens)
        self._under_way[call.key] = tokens.input_tokens, cost

    async def bought(self, call: ModelCall, usage: object, answered: int = 0) -> Json:
        """Count a call whose answer ended; what its record says of it.

        It is committed with that record, or not at all. `answered` are the bytes of the answer,
        for a server that counts nothing.
        """
        counted = await self._counted(call, tokens_of(usage), answered)
        self._under_way.pop(call.key, None)
        self._writes.count(counted)
        self._add(counted)
        return _usage_record(counted)

    async def cut_off(self, call: ModelCall, answered: int) -> Json:
        """Count a call that was bought and whose answer never ended; what its record says of it."""
        counted = await self._counted(call, None, answered)
        self._under_way.pop(call.key, None)
        self._cut += 1
        key = f"cut_{digest(call.key, self._attempt.number, self._cut)}"
        counted = counted.model_copy(update={"key": key})
        self._add(counted)
        try:
            self._writes.count(counted)
        except TurnstreamError as error:  # the attempt is over, and its answer belongs to nobody
            log.info("a model call is not counted", key=call.key, error=str(error))
        return {"key": key, **_usage_record(counted)}

    def failed(self, call: ModelCall) -> None:
        """Forget a call that was refused, or never came to its server."""
        self._under_way.pop(call.key, None)

    def played_back(self, key: str, usage: object) -> None:
        """Count a recorded answer that took the place of a call."""
        self._writes.count_playback(key)
        self.used_before(usage)

    def used_before(self, usage: object) -> None:
        """Count what an earlier attempt of the turn used. Old records say nothing of it."""
        if isinstance(usage, dict) and isinstance(usage.get("tokens"), int):
            self._tokens += usage["tokens"]
            self._cost += usage.get("cost") or 0

    def admit_tool(self) -> bool:
        """Count a tool call; False when it is one too many. Then the turn ends when the calls
        beside it have ended, and the model is not asked again.
        """
        self._tool_calls += 1
        most = self._budget.max_tool_calls
        if most is None or self._tool_calls <= most:
            return True
        self._attempt.exhausted = f"The turn may make {most} tool calls."
        return False

    def check(self) -> None:
        """Raises `BudgetExhausted` once the turn may do no more."""
        if self._budget != TurnBudget():
            self._check_turn()

    def _check_turn(self) -> None:
        if self._attempt.exhausted:
            raise BudgetExhausted(self._attempt.exhausted)
        longest = self._budget.max_time
        if longest is not None:
            last = self._attempt.claimed.last_error
            spent = time.monotonic() - self._attempt.began + (last.retried_for if last else 0.0)
            self._check("seconds", spent, longest.total_seconds())

    def _check(self, what: str, used: float, most: float | None) -> None:
        if most is not None and used > most:
            unit = "micro-USD" if what == "cost" else what
            self._attempt.exhausted = f"The turn may use {most:g} {unit}; this is {used:g}."
            raise BudgetExhausted(self._attempt.exhausted)

    async def _reserve(self, call: ModelCall, asked: Tokens) -> None:
        most = reserved_tokens(call, asked)
        command = ReserveUsage(
            attempt=self._attempt.number,
            key=call.key,
            tokens=most.input_tokens + most.output_tokens,
            cost=await self._prices.cost(call.model, call.host, most),
        )
        try:
            with self._attempt.fencing():
                await self._client.usage.reserve(
                    self._attempt.owner, self._attempt.turn_id, command
                )
        except BudgetExhausted as error:
            self._attempt.exhausted = error.detail
            raise
        except NotFound:  # a store of an earlier version, beside the one that set the budget
            log.info("a model call is not reserved: the store knows no budgets yet")

    async def _counted(self, call: ModelCall, tokens: Tokens | None, answered: int) -> ModelUsage:
        usage = await counted_call(self._prices, call, tokens, answered)
        reserved = call.key if self._budget.reserves else None
        return usage.model_copy(update={"reserved": reserved})

    def _add(self, counted: ModelUsage) -> None:
        self._tokens += counted.tokens
        self._cost += counted.cost or 0


def reserved_tokens(call: ModelCall, asked: Tokens) -> Tokens:
    """What a call is reserved with."""
    return asked._replace(output_tokens=call.max_output or USUAL_OUTPUT)


async def counted_call(
    prices: Prices, call: ModelCall, tokens: Tokens | None, answered: int
) -> ModelUsage:
    """A call as it is counted: by its server's counts, else by the size of its texts."""
    known = tokens or estimated(call.asked, answered)
    if tokens is not None:
        call_metrics.used(call, tokens)
    return ModelUsage(
        key=call.key,
        agent=call.agent,
        model=call.model,
        host=call.host,
        **known._asdict(),
        cost=await prices.cost(call.model, call.host, known),
        estimated=tokens is None,
    )


def _usage_record(counted: ModelUsage) -> Json:
    return {"tokens": counted.tokens, "cost": counted.cost}
