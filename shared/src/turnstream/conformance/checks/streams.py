"""What must hold in every stream that came during the examination."""

from turnstream.conformance.answers import Answer
from turnstream.conformance.checks.check import MUST, SHOULD, check, require, require_ok
from turnstream.conformance.examination import Examination, NotExaminable
from turnstream.conformance.rules import HTTP, SSE, TURNSTREAM, issue
from turnstream.conformance.sse import ServerEvent


def _streams(exam: Examination) -> list[Answer]:
    if not exam.streams:
        raise NotExaminable("no stream came")
    return exam.streams


@check("sse.content-type", MUST, "messages are answered with text/event-stream", SSE)
async def content_type(exam: Examination) -> None:
    """Nothing else is read as it comes."""
    for answer in (await exam.begun()).answers[:2]:
        require(answer.is_stream, f"{answer.headers.get('Content-Type')}: {answer}")


@check("sse.whole", MUST, "a stream ends as HTTP says, and is not cut off", HTTP)
async def whole(exam: Examination) -> None:
    """A page takes a stream that breaks off for a lost network."""
    for answer in _streams(exam):
        require(not answer.cut or answer.cut == "dropped", answer)


@check(
    "sse.plain-events",
    MUST,
    "a client that did not ask for them gets no named events",
    "https://github.com/meadworks/flutter_chatkit",
)
async def plain_events(exam: Examination) -> None:
    """Some clients stop at what they do not know."""
    for answer in _streams(exam):
        names = {frame.event for frame in answer.frames if isinstance(frame, ServerEvent)}
        require(names <= {"message"}, f"{answer.asked}: events named {sorted(names)}")


@check("sse.not-cached", SHOULD, "streams say that no cache may hold them", HTTP)
async def not_cached(exam: Examination) -> None:
    """`Cache-Control: no-cache` or `no-store`."""
    for answer in _streams(exam):
        header = answer.headers.get("Cache-Control", "")
        require("no-cache" in header or "no-store" in header, f"Cache-Control: {header!r}")


@check(
    "sse.not-buffered",
    SHOULD,
    "streams ask proxies not to hold them back",
    issue("openai-chatkit-starter-app#54"),
)
async def not_buffered(exam: Examination) -> None:
    """`X-Accel-Buffering: no`, which nginx and those like it obey."""
    for answer in _streams(exam):
        header = answer.headers.get("X-Accel-Buffering", "")
        require(header == "no", f"X-Accel-Buffering: {header!r}")


@check("sse.as-it-comes", MUST, "a long answer comes in pieces, not at its end", SSE)
async def as_it_comes(exam: Examination) -> None:
    """Somebody on the way may hold it back."""
    talk = exam.conversation()
    answer = require_ok(await talk.say(exam.plan.prompts.slow))
    deltas = answer.body.count(b"text_delta")
    if deltas < 3:
        raise NotExaminable(f"{exam.plan.prompts.slow!r} brought {deltas} deltas of text")
    require(len(answer.pieces) > 2, f"{deltas} deltas came in {len(answer.pieces)} pieces")


@check(
    "sse.keep-alive",
    SHOULD,
    "a stream is never silent for so long that a proxy ends it",
    TURNSTREAM,
)
async def keep_alive(exam: Examination) -> None:
    """A comment is enough."""
    bound = exam.plan.silence.total_seconds()
    if exam.plan.prompts.quiet:
        await exam.conversation().say(exam.plan.prompts.quiet)
    streams = _streams(exam)
    longest = max(answer.longest_silence for answer in streams)
    require(longest <= bound, f"silent for {longest:.1f} s")
    if max(answer.closed_at for answer in streams) < bound:
        raise NotExaminable(f"no answer took {bound:g} s: see --quiet-prompt")
