"""Which version of the GenAI conventions spans keep to, and whether they say what was said."""

import pytest
from turnstream.tracing import names
from turnstream_worker.spans.agents_sdk import tool_span


@pytest.mark.parametrize(
    ("opted", "schema"),
    [
        ("", "https://opentelemetry.io/schemas/gen-ai/0.1.0"),
        ("gen_ai_latest_experimental", "https://opentelemetry.io/schemas/gen-ai/0.1.0"),
        ("gen_ai/1.41", "https://opentelemetry.io/schemas/1.41.0"),
        ("http/dup, gen_ai/1.41", "https://opentelemetry.io/schemas/1.41.0"),
    ],
)
def test_the_version_is_pinned(opted: str, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest, unless the environment asks for the one that most collectors know."""
    monkeypatch.setenv(names.OPT_IN, opted)
    assert names.schema_url() == schema
    _, told = tool_span("bake")
    assert ("gen_ai.tool.type" in told) is (opted.endswith("1.41"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", False),
        ("NO_CONTENT", False),
        ("EVENT_ONLY", False),
        ("false", False),
        ("SPAN_ONLY", True),
        ("span_and_event", True),
        ("true", True),
    ],
)
def test_what_was_said_is_told_by_those_who_ask_for_it(
    asked: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the values that OpenTelemetry's own instrumentations take."""
    monkeypatch.setenv(names.CAPTURE, asked)
    assert names.captures_content() is told
