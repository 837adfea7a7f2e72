"""A model that needs no key: a pure function of its input, so any worker can run or replay it."""

from turnstream_guide.keyless_model.model import DEMO_MODEL_NAME, DemoModel
from turnstream_guide.keyless_model.plans import Call, Calls, Plan, Rule, Say, call
from turnstream_guide.keyless_model.request import Request, spoken
from turnstream_guide.keyless_model.sentences import language

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
    "language",
    "spoken",
]
