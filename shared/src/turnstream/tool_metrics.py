"""What is counted of tool calls, wherever they run: in the tools service, or in a worker."""

from prometheus_client import Counter, Histogram

from turnstream.metrics import BoundedLabel

CALLS = Counter(
    "turnstream_tool_calls",
    "Calls that ended here, by tool and outcome: ok, handed_over, or the failure.",
    ["tool", "outcome"],
)
DURATION = Histogram(
    "turnstream_tool_call_seconds",
    "From the decision to run a call until its end.",
    ["tool"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
_tools = BoundedLabel()


def ended(tool: str, outcome: str, seconds: float) -> None:
    """Count a call that was made. An app may offer any number of tools: a hundred have names."""
    name = _tools.of(tool)
    CALLS.labels(name, outcome).inc()
    DURATION.labels(name).observe(seconds)
