"""From what a model server reported to the kind of the failure.

The most exact evidence decides: a status that leaves no doubt, a code that names the kind, a phrase
that servers are known to use, any other status, a code or a phrase that says no more than that
something is wrong.
What says nothing at all may pass: it is tried again.
"""

import re

from turnstream_worker.failures.kinds import (
    CONTENT_FILTERED,
    CONTEXT_TOO_LONG,
    CUT_BY_LENGTH,
    KEY_REFUSED,
    MODEL_NOT_FOUND,
    NOT_SET_UP,
    OUT_OF_CREDIT,
    RATE_LIMITED,
    REQUEST_REFUSED,
    REQUEST_TOO_LARGE,
    UNAVAILABLE,
    Kind,
)
from turnstream_worker.failures.model_reports import ModelReport

CODES: dict[str, Kind] = {
    code: kind
    for kind, codes in (
        (
            CONTEXT_TOO_LONG,
            "context_length_exceeded context_window_exceeded string_above_max_length"
            " exceed_context_size_error contextwindowexceedederror 1261",
        ),
        (REQUEST_TOO_LARGE, "request_too_large payload_too_large image_too_large"),
        (CUT_BY_LENGTH, "max_output_tokens"),
        (
            OUT_OF_CREDIT,
            "insufficient_quota billing_not_active billing_hard_limit_reached billing_error"
            " insufficient_balance insufficient_user_quota exceeded_current_quota_error"
            " budget_exceeded payment_required arrearage accountoverdueerror 1113",
        ),
        (
            KEY_REFUSED,
            "invalid_api_key invalid_authentication authentication_error permission_error"
            " permission_denied unauthenticated account_deactivated token_expired"
            " accessdenied accessdeniedexception unrecognizedclientexception"
            " unsupported_country_region_territory authenticationerror permissiondeniederror",
        ),
        (
            MODEL_NOT_FOUND,
            "model_not_found deploymentnotfound not_found_error invalid_model model_not_available"
            " model_decommissioned model_not_supported 1211",
        ),
        (
            CONTENT_FILTERED,
            "content_filter content_policy_violation responsibleaipolicyviolation"
            " data_inspection_failed datainspectionfailed invalid_prompt moderation_blocked"
            " image_content_policy_violation contentpolicyviolationerror sensitive 1301",
        ),
        (REQUEST_REFUSED, "previous_response_not_found"),
    )
    for code in codes.split()
}
"""Codes and types that name the kind. Numbers of four digits are Zhipu's."""

PHRASES: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        (
            CONTEXT_TOO_LONG,
            r"context ?window ?exceeded|(?:maximum|available|exceeds?|exceeded|overflow\w*)"
            r"[^.]{0,60}\bcontext\b|\bcontext\b[^.]{0,40}(?:exceed|overflow|too (?:long|small))"
            r"|prompt (?:is )?too long|maximum (?:model|prompt) length"
            r"|input is too long|too many input tokens|exceeds the maximum number of tokens"
            r"|\binputs?`?(?: tokens)? (?:must have less than|length exceeds|\+ `max_new_tokens`)"
            r"|range of input length|reduce the length of the messages",
        ),
        (
            REQUEST_TOO_LARGE,
            r"request too large|request entity too large|payload too large"
            r"|image (?:size )?exceeds|too many images",
        ),
        (
            OUT_OF_CREDIT,
            r"^(?!.*resource_exhausted).*exceeded your current quota"
            r"|credit balance is too low|(?:insufficient|more|out of|no|included) credits"
            r"|credits are depleted|insufficient[ _](?:balance|funds|quota)|budget has been"
            r" exceeded|exceededbudget|over budget|spend(?:ing)? limit|account is not active"
            r"|account is in good standing|overdue|余额不足|欠费",
        ),
        (
            KEY_REFUSED,
            r"(?:incorrect|invalid|missing|no|bad|wrong|expired) (?:x-)?api[ -]key"
            r"|api key (?:is )?(?:not valid|invalid|expired|not found|required)"
            r"|authenticationerror|no auth credentials|no cookie auth|invalid subscription key"
            r"|invalid proxy server token|invalid (?:access|bearer|auth\w*) token",
        ),
        (
            CONTENT_FILTERED,
            r"content management policy|content[ _-]?(?:filter|policy)|contentpolicyviolation"
            r"|safety system|content exists risk|considered high risk|inappropriate content"
            r"|was flagged|violat\w+ our usage polic|不安全或敏感",
        ),
        (RATE_LIMITED, r"litellm\.ratelimiterror"),
        (
            UNAVAILABLE,
            r"litellm\.(?:serviceunavailableerror|internalservererror|timeout|apiconnectionerror)",
        ),
    )
)
"""What servers say where their code says less. All are in lower case; the first that fits counts.
They come from OpenAI, Azure, Anthropic, Gemini, Mistral, Groq, xAI, DashScope, DeepSeek, Zhipu,
Moonshot, OpenRouter, LiteLLM, vLLM, TGI, llama.cpp, LM Studio and Ollama."""

_NO_SUCH_MODEL = re.compile(
    r"\bmodel\b[^.]{0,100}\b(?:does not exist|not found|decommissioned|deprecated)"
    r"|try pulling it first|not a valid model|invalid model name|unknown model"
    r"|no endpoints found|no such model|deploymentnotfound|模型不存在"
)
"""Read where the server refuses the request. One that is starting says it of a model it knows."""

STATUSES: dict[int, Kind] = {
    401: KEY_REFUSED,
    402: OUT_OF_CREDIT,
    403: KEY_REFUSED,
    404: MODEL_NOT_FOUND,
    405: NOT_SET_UP,
    407: KEY_REFUSED,
    408: UNAVAILABLE,
    409: UNAVAILABLE,
    410: MODEL_NOT_FOUND,
    413: REQUEST_TOO_LARGE,
    424: UNAVAILABLE,
    425: UNAVAILABLE,
    429: RATE_LIMITED,
    451: KEY_REFUSED,
    498: UNAVAILABLE,
    499: UNAVAILABLE,
}
"""Statuses with a meaning of their own. Any other 4xx refuses the request, 5xx passes, and 3xx says
that the address is not that of a model."""

_EXACT = (401, 402, 404)
"""Statuses that name the kind better than any code beside them does."""

_PASSING = re.compile(
    r"rate.?limit|too many requests|throttl|resource_exhausted|quota|\b130[2-5]\b"
)
_REFUSING = re.compile(r"invalid_request|invalid_argument|bad_?request|unsupported|not_supported")


def kind_of(report: ModelReport) -> Kind:
    """The kind of a failure that a model server reported."""
    if report.status in _EXACT:
        return STATUSES[report.status]
    for code in report.codes:
        if code in CODES:
            return CODES[code]
    words, status = report.words, report.status
    for kind, phrase in PHRASES:
        if phrase.search(words):
            return kind
    refuses = status is None or (400 <= status < 500 and status != 429)
    if refuses and _NO_SUCH_MODEL.search(words):
        return MODEL_NOT_FOUND
    return _by_status(status) if status is not None else _by_hints(report)


def _by_status(status: int) -> Kind:
    if status in STATUSES:
        return STATUSES[status]
    if status < 400:
        return NOT_SET_UP
    return UNAVAILABLE if status >= 500 else REQUEST_REFUSED


def _by_hints(report: ModelReport) -> Kind:
    """The kind where neither code, nor phrase, nor status names it."""
    if _PASSING.search(report.words):
        return RATE_LIMITED
    refused = report.retryable is False or any(_REFUSING.search(code) for code in report.codes)
    return REQUEST_REFUSED if refused and report.retryable is not True else UNAVAILABLE
