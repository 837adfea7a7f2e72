"""The kinds of failures: for each its code, the words for the user, and whether trying again helps.

This is the one table. `failure` finds the kind of an exception, `model_faults` that of what a
model server said.
"""

from dataclasses import dataclass

from turnstream.i18n import N_


@dataclass(frozen=True)
class Kind:
    """What a failure means for the turn and for its user."""

    code: str
    """The name by which operators and programs know it."""
    message: str | None = None
    """The message for the user; None where ChatKit has words of its own."""
    retried: bool = False
    """Whether the turn goes back to the queue: the same request may succeed later."""
    allow_retry: bool = True
    """Whether the user is offered to try again: only where that helps."""


# --- What passes: the turn is tried again, after a wait --------------------------------------

RATE_LIMITED = Kind(
    "model_rate_limited",
    N_("The model has too much to do right now. Please try again in a moment."),
    retried=True,
)
UNAVAILABLE = Kind(
    "model_unavailable",
    N_("The model has a problem right now. Please try again in a moment."),
    retried=True,
)
UNREACHABLE = Kind(
    "model_unreachable",
    N_("The model could not be reached. Please try again in a moment."),
    retried=True,
)
STREAM_CUT = Kind(
    "model_stream_cut", N_("The answer broke off. Please try again in a moment."), retried=True
)
UNREADABLE = Kind(
    "model_unreadable",
    N_("The model sent an answer that can't be read. Please try again in a moment."),
    retried=True,
)
WORKFLOW_NOT_FOUND = Kind(
    "workflow_not_found",
    N_("This assistant is not available right now. Please try again in a moment."),
    retried=True,
)
CREDENTIALS_UNREADABLE = Kind(
    "credentials_unreadable",
    N_("This assistant is not available right now. Please try again in a moment."),
    retried=True,
)

# --- What the operator has to mend -----------------------------------------------------------

KEY_REFUSED = Kind(
    "model_key_refused",
    N_(
        "The assistant was refused access to its model. Trying again will not help until its"
        " operator has mended this."
    ),
    allow_retry=False,
)
OUT_OF_CREDIT = Kind(
    "model_out_of_credit",
    N_(
        "The assistant has used up its credit for the model. Trying again will not help until its"
        " operator has mended this."
    ),
    allow_retry=False,
)
MODEL_NOT_FOUND = Kind(
    "model_not_found",
    N_(
        "The assistant's model is not available. Trying again will not help until its operator has"
        " mended this."
    ),
    allow_retry=False,
)
NOT_SET_UP = Kind(
    "model_not_set_up",
    N_(
        "The assistant's model is not set up correctly. Trying again will not help until its"
        " operator has mended this."
    ),
    allow_retry=False,
)

# --- What the user can change ----------------------------------------------------------------

CONTEXT_TOO_LONG = Kind(
    "context_too_long",
    N_(
        "This conversation is too long for the model. Trying again will not help: start a new one,"
        " or send less."
    ),
    allow_retry=False,
)
REQUEST_TOO_LARGE = Kind(
    "request_too_large",
    N_(
        "This is too much for the model at once. Trying again will not help: send less text, or"
        " fewer or smaller files."
    ),
    allow_retry=False,
)
CONTENT_FILTERED = Kind(
    "content_filtered",
    N_(
        "The model's content filter does not allow this. Trying again will not help: say it in"
        " other words."
    ),
    allow_retry=False,
)
REFUSED = Kind("refused", N_("The model declined to answer."), allow_retry=False)
GUARDRAIL = Kind("guardrail", N_("This request can't be answered."), allow_retry=False)

# --- What would be the same again ------------------------------------------------------------

REQUEST_REFUSED = Kind(
    "model_request_refused",
    N_("The model does not accept this request. Trying again will not help."),
    allow_retry=False,
)
BUDGET_EXHAUSTED = Kind(
    "budget_exhausted",
    N_("The answer ends here because its budget is used up. Trying again will not help now."),
    allow_retry=False,
)
CUT_BY_LENGTH = Kind(
    "answer_cut_by_length",
    N_("The answer ends here because it reached the longest that the model may write."),
    allow_retry=False,
)

# --- What may be better next time, at the user's wish ----------------------------------------

EMPTY_ANSWER = Kind("empty_answer", N_("The model gave no answer. Please try again."))
ANSWER_TOO_LARGE = Kind("answer_too_large", N_("The answer grew too long."))
MAX_TURNS = Kind("max_turns", N_("The answer took too many steps."))
TIMED_OUT = Kind("turn_timed_out", N_("The answer took too long."))
AGENT_ERROR = Kind("agent_error")
ASSISTANT_RAISED = Kind("assistant_raised")
