"""Model calls outside any turn: in short calls, and in tasks that go on after their turn.

There is no attempt to count them with, so each is counted by a request of its own when it has
ended, and what it may use is reserved for a time.
"""

from datetime import timedelta

from turnstream.contracts.operating.usage import CountOutsideTurn, ModelUsage, ReserveOutsideTurn
from turnstream.contracts.owner import Owner
from turnstream.errors import BudgetExhausted, NotFound, TurnstreamError
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.usage.counting import estimated, tokens_of
from turnstream_worker.usage.meter import counted_call, reserved_tokens
from turnstream_worker.usage.model_call import ModelCall
from turnstream_worker.usage.prices import Prices, default_prices

log = get_logger(__name__)

RESERVED_FOR = timedelta(minutes=2)
"""Lifetime of a reservation whose call is never counted: it failed, or its worker died. A short
call takes less."""


class OutsideTurnMeter:
    """Counts for one short call, or for what an ended turn left behind. Its calls have the keys
    `call_…`, which no other call has.
    """

    def __init__(
        self,
        client: StoreClient,
        owner: Owner,
        thread_id: str = "",
        prices: Prices | None = None,
    ) -> None:
        self._client = client
        self._owner = owner
        self._thread_id = thread_id
        self._prices = prices or default_prices()
        self.exhausted: BudgetExhausted | None = None
        """Why a model was not called, if so; whatever the app made of it."""

    async def admit(self, call: ModelCall) -> None:
        """Let a model be called. Raises `BudgetExhausted`."""
        if call.model:
            self._prices.prepare(call.model, call.host)
        most = reserved_tokens(call, estimated(call.asked))
        command = ReserveOutsideTurn(
            key=call.key,
            tokens=most.input_tokens + most.output_tokens,
            cost=await self._prices.cost(call.model, call.host, most),
            lasts=RESERVED_FOR,
        )
        try:
            await self._client.usage.reserve_outside_turn(self._owner, command)
        except BudgetExhausted as error:
            self.exhausted = error
            raise
        except NotFound:  # a store of an earlier version
            log.info("a model call is not reserved: the store counts none outside turns yet")

    async def bought(self, call: ModelCall, usage: object, answered: int = 0) -> None:
        """Count a call whose answer ended."""
        await self._count(await counted_call(self._prices, call, tokens_of(usage), answered))

    async def cut_off(self, call: ModelCall, answered: int) -> None:
        """Count a call that was bought and whose answer never ended."""
        try:
            await self._count(await counted_call(self._prices, call, None, answered))
        except TurnstreamError as error:  # its caller hears of what cut it off
            log.warning("a model call is not counted", key=call.key, error=str(error))

    def failed(self, call: ModelCall) -> None:
        """Nothing: what it had reserved ends by itself."""

    async def _count(self, counted: ModelUsage) -> None:
        counted = counted.model_copy(update={"reserved": counted.key})
        command = CountOutsideTurn(thread_id=self._thread_id, usage=[counted])
        try:
            await self._client.usage.count_outside_turn(self._owner, command)
        except NotFound:  # a store of an earlier version
            log.warning("a model call is not counted: the store counts none outside turns yet")
