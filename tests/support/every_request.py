"""One well-formed request of each of the sixteen types."""

from turnstream.conformance import requests
from turnstream.conformance.requests import ChatRequest

_THREAD, _ITEM = "thr_unknown", "itm_unknown"

EVERY_REQUEST: dict[str, ChatRequest] = {
    each.type: each
    for each in (
        requests.message("hello"),
        requests.message("hello", _THREAD),
        requests.client_tool_output(_THREAD, {"ok": True}),
        requests.structured_input(_THREAD, _ITEM, {}, "skipped"),
        requests.retry_after(_THREAD, _ITEM),
        requests.custom_action(_THREAD, "press"),
        requests.custom_action(_THREAD, "press", sync=True),
        requests.get_thread(_THREAD),
        requests.list_threads(),
        requests.list_items(_THREAD),
        requests.rename_thread(_THREAD, "Trip"),
        requests.delete_thread(_THREAD),
        requests.feedback(_THREAD, [_ITEM], "positive"),
        requests.create_attachment("a.txt", 1, "text/plain"),
        requests.delete_attachment("atc_unknown"),
        requests.transcribe("YQ==", "audio/webm"),
    )
}
"""By type."""
