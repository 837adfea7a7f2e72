"""The three functions that exports use. A text that wants the rules ignored trips the wire."""

from types import SimpleNamespace
from typing import Any


def load_config_bundle(config: Any) -> Any:
    return config


def instantiate_guardrails(bundle: Any) -> Any:
    return bundle["guardrails"]


async def run_guardrails(ctx: Any, text: str, kind: str, guardrails: Any, **_: Any) -> list[Any]:
    return [
        SimpleNamespace(tripwire_triggered="ignore the rules" in text, info=each)
        for each in guardrails
    ]
