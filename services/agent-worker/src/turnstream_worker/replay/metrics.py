"""What a worker counts of the journal: what was paid for, and what was not paid for again."""

from prometheus_client import Counter

MODEL_CALLS = Counter(
    "turnstream_model_calls_total", "Model calls, bought or played back.", ["how"]
)
BOUGHT, PLAYED_BACK = MODEL_CALLS.labels("bought"), MODEL_CALLS.labels("played_back")
PLAYBACKS = Counter(
    "turnstream_journal_playbacks_total",
    "Journal records played back in place of a new call, by kind.",
    ["kind"],
)
MODEL_PLAYBACKS, TOOL_PLAYBACKS, STEP_PLAYBACKS = map(PLAYBACKS.labels, ("model", "tool", "step"))
