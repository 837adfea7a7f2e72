"""What models cost: each call with its tokens, what it may cost before, and sums of both."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.text import StorableText
from turnstream.contracts.turns import Contract

MICRO_USD = 1_000_000
"""Money is a whole number of these in a dollar, so that sums of it are exact."""

Number = Annotated[int, Field(ge=0, lt=2**53)]
"""A number of tokens or of micro-USD: what a model server says is not believed beyond this."""


class ModelUsage(Contract):
    """One call of a model that was bought, as it is counted for ever."""

    key: str
    """Names it within its turn. The key of a response that was recorded is that of its record."""
    agent: StorableText = ""
    model: StorableText = ""
    """The name by which it was asked for."""
    host: StorableText = ""
    """Host and port of its server, where it has one."""
    requests: Number = 1
    input_tokens: Number = 0
    cached_input_tokens: Number = 0
    """Those of the input tokens that were read from a cache."""
    output_tokens: Number = 0
    reasoning_tokens: Number = 0
    """Those of the output tokens that were thought and not said."""
    audio_input_tokens: Number = 0
    audio_output_tokens: Number = 0
    cost: Number | None = None
    """Micro-USD; None where nobody knows the price."""
    estimated: bool = False
    """True where the server told no count, as for an answer that was cut off."""
    reserved: str | None = None
    """The key under which the call was reserved, if it was. The reservation ends."""

    @property
    def tokens(self) -> int:
        """Input and output together, as budgets count them."""
        return self.input_tokens + self.output_tokens


class ReserveUsage(Contract):
    """Command of a worker: a model is about to be called, for about so much.

    The same key again replaces its reservation. It lasts until its call is counted, its attempt is
    over or its turn has ended.
    """

    attempt: int
    key: str
    tokens: Number
    cost: Number | None = None
    """Micro-USD."""


class ReserveOutsideTurn(Contract):
    """Command of a worker: a model is about to be called outside any turn, for about so much.

    The reservation lasts until the call is counted, or for so long.
    """

    key: str
    """Names the call among all of the deployment."""
    tokens: Number
    cost: Number | None = None
    """Micro-USD."""
    lasts: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))]


class CountOutsideTurn(Contract):
    """Command of a worker: models were called outside any turn. Their keys name each among all of
    the deployment, and the same key is counted once.
    """

    thread_id: str = ""
    """The thread that it was for, where there was one."""
    usage: list[ModelUsage]


class UsageGrouping(StrEnum):
    """What a sum of usage is told apart by."""

    DAY = "day"
    USER = "user"
    MODEL = "model"
    AGENT = "agent"
    THREAD = "thread"


class UsageQuery(Contract):
    """Which usage is asked for."""

    since: datetime
    until: datetime
    by: tuple[UsageGrouping, ...] = (UsageGrouping.DAY,)
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    after: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Groups that were read before."""


class UsageSum(Contract):
    """Calls of models that have something in common, summed up."""

    tenant: str = DEFAULT_TENANT
    day: str | None = None
    """`2026-11-29`, by UTC; this and the next four only where the sum is told apart by it."""
    user: str | None = None
    model: str | None = None
    agent: str | None = None
    thread_id: str | None = None
    calls: int
    """Bought: each once, however often its answer was played back."""
    played_back: int
    """Times that recorded answers took the place of calls, after a worker was lost."""
    estimated: int
    """Calls whose tokens were estimated."""
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int
    cost: float
    """USD, of all calls whose price is known."""
    unpriced: int
    """Calls whose price nobody knows. They are not in `cost`."""


class UsagePage(Contract):
    """Sums of usage, the oldest day first."""

    data: list[UsageSum]
    after: int | None = None
    """Asks for the next page; None on the last."""
