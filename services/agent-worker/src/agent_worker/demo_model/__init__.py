"""A model that needs no key: a pure function of its input, so any worker can run or replay it."""

from agent_worker.demo_model.model import DEMO_MODEL_NAME, DemoModel
from agent_worker.demo_model.plans import Call, Calls, Plan, Rule, Say, call
from agent_worker.demo_model.request import Request, spoken
from agent_worker.demo_model.sentences import language

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
