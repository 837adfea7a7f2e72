"""A model that needs no key: a pure function of its input, so any worker can run or replay it.

`turnstream_guide.keyless_model:create` is the default of `KEYLESS_MODEL`.
"""

from functools import cache

from turnstream_worker.api import current_turn

from turnstream_guide.keyless_model.model import DEMO_MODEL_NAME, DemoModel
from turnstream_guide.keyless_model.plans import Call, Calls, Plan, Rule, Say, call
from turnstream_guide.keyless_model.request import Request
from turnstream_guide.keyless_model.sentences import language
from turnstream_guide.settings import GuideSettings

__all__ = [
    "DEMO_MODEL_NAME",
    "Call",
    "Calls",
    "DemoModel",
    "Plan",
    "Request",
    "Rule",
    "Say",
    "call",
    "create",
    "language",
]


@cache
def create() -> DemoModel:
    """The demo model of this process."""
    return DemoModel(GuideSettings().demo_token_delay, scope=_turn_id)


def _turn_id() -> str:
    turn = current_turn()
    return turn.id if turn else ""
