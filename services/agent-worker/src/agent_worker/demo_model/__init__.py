"""A model that needs no key: it answers from the input alone, so any worker can run or replay it."""

from agent_worker.demo_model.model import DEMO_MODEL_NAME, DemoModel

__all__ = ["DEMO_MODEL_NAME", "DemoModel"]
