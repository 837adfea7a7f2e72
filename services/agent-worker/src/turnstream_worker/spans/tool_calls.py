"""The span of a tool call, whose code runs in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from turnstream.tracing import names
from turnstream.tracing.context import entered, fail, tracer

from turnstream_worker.spans.agents_sdk import open_tool_span, parent_of_call, tool_span
from turnstream_worker.spans.content import set_text


@contextmanager
def tool_call_traced(name: str, call_id: str, arguments: str) -> Iterator[None]:
    """Trace a call: in the span that the SDK began for it, or in a new one where an app turned the
    SDK's tracing off.
    """
    context = parent_of_call()
    if not trace.get_current_span(context).is_recording():
        yield
        return
    begun = open_tool_span()
    name_of_span, attributes = tool_span(name)
    span = begun or tracer().start_span(name_of_span, context, attributes=attributes)
    span.set_attribute("gen_ai.tool.call.id", call_id)
    set_text(span, "gen_ai.tool.call.arguments", arguments)
    try:
        with entered(span, context):
            yield
    finally:
        if begun is None:
            span.end()


def tell_playback() -> None:
    """Let the current tool's span say that the result is an earlier attempt's."""
    (open_tool_span() or trace.get_current_span()).set_attribute(names.PLAYBACK, True)


def tell_result(output: object, *, failed: bool) -> None:
    """Let the current tool's span say how the call ended."""
    span = trace.get_current_span()
    if not span.is_recording():
        return
    set_text(span, "gen_ai.tool.call.result", output)
    if failed:
        fail(span, "tool_error")
