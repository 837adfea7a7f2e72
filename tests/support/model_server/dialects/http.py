"""Both APIs: answers that are an HTTP status, and how they ask to be tried again."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from ..request import ModelRequest
from .chat_ends import RETRIED
from .dialect import Dialect, Fails, HttpAnswer, Outcome, Refuse, Right

HTML = "text/html"
TRIED_AGAIN = Right(tries=2)


def _error(message: str = "Refused.", **fields: object) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


def _always(answer: HttpAnswer) -> Refuse:
    return lambda request: answer


def _status(
    status: int,
    code: str,
    name: str,
    *,
    body: bytes = b"",
    tries: int = 1,
    content_type: str = "application/json",
    source: str = "every server",
) -> Dialect:
    """A status that stays."""
    answer = HttpAnswer(status, body or _error(), content_type=content_type)
    return Dialect(
        f"HTTP {status} {name}",
        f"Every request is answered with {status}: {name}.",
        source,
        refuse=_always(answer),
        outcome=Fails(code, tries=tries),
    )


def _once(
    name: str,
    says: str,
    source: str,
    status: int = 429,
    *,
    headers: Callable[[], Mapping[str, str]] = dict,
    outcome: Outcome = TRIED_AGAIN,
) -> Dialect:
    """A status for the first request alone."""

    def refuse(_: ModelRequest) -> HttpAnswer:
        return HttpAnswer(status, _error("Slow down."), headers())

    return Dialect(name, says, source, refuse=refuse, once=True, outcome=outcome)


def _in_a_minute() -> Mapping[str, str]:
    then = datetime.now(UTC) + timedelta(minutes=1)
    return {"Retry-After": format_datetime(then, usegmt=True)}


UNAVAILABLE = "model_unavailable"

STATUSES = (
    _status(
        400,
        "model_request_refused",
        "bad request",
        body=_error("tools is not supported", type="invalid_request_error"),
    ),
    _status(
        400,
        "context_too_long",
        "context length",
        body=_error("maximum context length is 8192 tokens", code="context_length_exceeded"),
        source="OpenAI, Azure OpenAI, vLLM",
    ),
    _status(
        400,
        "content_filtered",
        "content filter",
        body=_error("The prompt was filtered.", code="content_filter"),
        source="Azure OpenAI",
    ),
    _status(401, "model_key_refused", "key", body=_error("Bad key.", code="invalid_api_key")),
    _status(
        402, "model_out_of_credit", "payment", source="OpenRouter, DeepSeek: `Insufficient Balance`"
    ),
    _status(403, "model_key_refused", "forbidden"),
    _status(
        404,
        "model_not_found",
        "no such model",
        body=_error("The model `m` does not exist.", code="model_not_found"),
    ),
    _status(404, "model_not_found", "no such page", body=b"404 page not found"),
    _status(413, "request_too_large", "too large", content_type=HTML, source="nginx"),
    _status(
        422,
        "model_request_refused",
        "unprocessable",
        body=b'{"detail": [{"loc": ["body", "tools"], "msg": "extra fields"}]}',
        source="servers written with FastAPI",
    ),
    _status(
        429,
        "model_out_of_credit",
        "no money left",
        body=_error("You exceeded your current quota.", code="insufficient_quota"),
        source="OpenAI",
    ),
    _status(429, "model_rate_limited", "rate limit", tries=RETRIED),
    _status(451, "model_key_refused", "legal reasons"),
    _status(500, UNAVAILABLE, "server error", tries=RETRIED),
    _status(
        502,
        UNAVAILABLE,
        "page of a proxy",
        body=b"<html><body>502 Bad Gateway</body></html>",
        content_type=HTML,
        tries=RETRIED,
        source="nginx, Cloudflare",
    ),
)

PASSING = (
    _once("HTTP 408 once", "The first request is answered with 408.", "OpenAI, proxies", 408),
    _once("HTTP 409 once", "The first request is answered with 409.", "OpenAI", 409),
    _once("HTTP 425 once", "The first request is answered with 425.", "Cloudflare", 425),
    _once("HTTP 429 once", "The first request is answered with 429.", "every server"),
    _once("HTTP 500 once", "The first request is answered with 500.", "every server", 500),
    _once("HTTP 503 once", "The first request is answered with 503.", "every server", 503),
    _once("HTTP 520 once", "The first request is answered with 520.", "Cloudflare", 520),
    _once("HTTP 529 once", "The first request is answered with 529.", "Anthropic: overloaded", 529),
)


def _retry_after(value: str, says: str, source: str = "every server") -> Dialect:
    return _once(f"Retry-After {value}", says, source, headers=lambda: {"Retry-After": value})


WAITS = (
    _retry_after("1", "The server asks for a second."),
    _retry_after("0", "The server asks for no time."),
    _retry_after("1.5", "The server asks for a fraction of a second.", "Groq"),
    _retry_after(
        "-5",
        "The server asks for less than no time.",
        "https://github.com/openai/openai-python/pull/3555",
    ),
    _retry_after(
        "86400", "The server asks for a day.", "https://github.com/openai/openai-node/pull/1841"
    ),
    _retry_after(
        "inf", "The server asks for ever.", "https://github.com/openai/openai-python/pull/3555"
    ),
    _retry_after("1e300", "The server asks for longer than time is.", "gateways that write floats"),
    _retry_after(
        "nan", "The server asks for no number.", "https://github.com/openai/openai-python/pull/3555"
    ),
    _retry_after(
        "soon", "The server asks with a word.", "https://github.com/openai/openai-python/pull/3555"
    ),
    _retry_after("10s", "The server asks with a unit.", "Google Gemini's `retryDelay`"),
    _once(
        "Retry-After as a date",
        "The server names a time, a minute from now.",
        "RFC 9110, section 10.2.3",
        headers=_in_a_minute,
    ),
    _once(
        "Retry-After long past",
        "The server names a time that is past.",
        "RFC 9110, section 10.2.3",
        headers=lambda: {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    ),
    _once(
        "retry-after-ms",
        "The server asks for milliseconds.",
        "OpenAI, Azure OpenAI",
        headers=lambda: {"retry-after-ms": "700"},
    ),
    _once(
        "x-ratelimit-reset",
        "The server says when its limits are reset, in several forms.",
        "OpenAI, Groq, OpenRouter",
        headers=lambda: {
            "x-ratelimit-reset-requests": "1m30.951s",
            "x-ratelimit-reset-tokens": "6ms",
            "X-RateLimit-Reset": "1764288000000",
        },
    ),
    _once(
        "x-should-retry false",
        "The server says 503 and that nobody should try again.",
        "OpenAI's client: `x-should-retry`",
        503,
        headers=lambda: {"x-should-retry": "false"},
    ),
)

NO_STREAM = (
    Dialect(
        "html with status 200",
        "A page instead of a stream.",
        "captive portals, login pages of proxies",
        refuse=_always(HttpAnswer(200, b"<html><body>Sign in</body></html>", content_type=HTML)),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "empty body with status 200",
        "Nothing at all.",
        "proxies whose upstream is gone",
        refuse=_always(HttpAnswer(200)),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "HTTP 204",
        "No content.",
        "proxies whose upstream is gone",
        refuse=_always(HttpAnswer(204)),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "error with status 200",
        "An error document instead of a stream.",
        "OpenRouter, DashScope",
        refuse=_always(HttpAnswer(200, _error("Upstream failed", code=502))),
        outcome=Fails("model_unavailable", tries=RETRIED),
    ),
    Dialect(
        "redirect to a login page",
        "302 to another place.",
        "proxies that ask people to sign in",
        refuse=_always(HttpAnswer(302, b"", {"Location": "/login"})),
        outcome=Fails("model_not_found"),
    ),
)

HTTP = (*STATUSES, *PASSING, *WAITS, *NO_STREAM)
