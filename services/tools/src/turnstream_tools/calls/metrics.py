"""What the tools service counts beside the calls themselves: see `turnstream.tool_metrics`."""

from prometheus_client import Counter, Gauge

RUNNING = Gauge("turnstream_tool_calls_running", "Calls that run here now.")
SLOTS = Gauge("turnstream_tool_slots", "Calls that may run here at a time.")
ABANDONED = Counter(
    "turnstream_tool_calls_abandoned",
    "Calls answered while their tool ignored its cancellation.",
    ["tool"],
)
