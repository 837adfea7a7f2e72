"""A model that needs no key: a pure function of its input, so any worker can run or replay it."""

from agent_worker.demo_model.model import DEMO_MODEL_NAME, DemoModel

__all__ = ["DEMO_MODEL_NAME", "DemoModel"]
