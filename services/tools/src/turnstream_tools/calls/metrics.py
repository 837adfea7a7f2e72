"""What the tools service counts."""

from prometheus_client import Counter, Gauge, Histogram

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
RUNNING = Gauge("turnstream_tool_calls_running", "Calls that run here now.")
ABANDONED = Counter(
    "turnstream_tool_calls_abandoned",
    "Calls answered while their tool ignored its cancellation.",
    ["tool"],
)
