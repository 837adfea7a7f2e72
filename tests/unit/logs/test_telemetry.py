"""What lines of the log have, and what they never have."""

import json
import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from turnstream import telemetry


def test_a_trace_has_its_id_for_the_log() -> None:
    """The one that a collector shows; outside any trace there is none."""
    assert telemetry.trace_id() is None
    with TracerProvider().get_tracer("cafe").start_as_current_span("a cup") as span:
        assert telemetry.trace_id() == f"{span.get_span_context().trace_id:032x}"


KEY = "sk-proj-abcdefghijklmnop1234"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_log_line_shows_a_key(log_format: str) -> None:
    """No matter who logs it, or in which form: words, a value, an exception, a library of its
    own.
    """
    code = f"""
import logging
from turnstream import telemetry
from turnstream.settings import Settings

telemetry.set_up("cafe", Settings(log_format={log_format!r}, log_error_text=True))
log = telemetry.get_logger("cups")
error = ValueError("Incorrect API key provided: {KEY}")
log.warning("a cup fell with {KEY}", error=error, headers={{"a": ["Bearer {KEY}"]}})
try:
    raise error
except ValueError:
    log.exception("a cup broke")
logging.getLogger("library").error("no answer of postgres://me:{KEY}@db/cups, %r", error)
log.info("a cup is whole", cups=7, full=True)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "abcdefghijklmnop" not in ran.stderr
    assert "ValueError" in ran.stderr
    assert "@db/cups" in ran.stderr
    if log_format == "json":
        lines = [json.loads(line) for line in ran.stderr.splitlines()]
        assert [line["event"] for line in lines][::3] == ["a cup fell with […]", "a cup is whole"]
        assert (lines[-1]["cups"], lines[-1]["full"]) == (7, True)
