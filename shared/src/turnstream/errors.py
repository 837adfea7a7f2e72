"""Every failure has a name, a code and a flag that says whether trying again helps.

A service answers a failure with an RFC 9457 problem document; the client of that service raises
the same class again, so a failure keeps its name across processes.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

_PASSING = (408, 425, 429, 502, 503, 504)
"""Statuses that say that the same request may succeed later."""


class TurnstreamError(Exception):
    """Base of the failures that have a name. `detail` is safe to show to the caller."""

    code: ClassVar[str] = "internal_error"
    status: int = 500
    retryable: bool = False
    title: ClassVar[str] = "Something went wrong"
    headers: Mapping[str, str] = {}
    """What the HTTP answer says in its headers."""
    limit: str = ""
    """The limit that refused the request, where one did."""

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after = retry_after

    def problem(self) -> dict[str, object]:
        """The RFC 9457 body of the HTTP answer."""
        document: dict[str, object] = {
            "type": f"urn:turnstream:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.retryable,
        }
        return document | ({"limit": self.limit} if self.limit else {})


class BadRequest(TurnstreamError):
    """The body is not a ChatKit request, or a parameter is malformed."""

    code, status, title = "bad_request", 400, "The request is not valid"


class Unauthorized(TurnstreamError):
    """The caller did not say who they are, or not in a way that can be believed."""

    code, status, title = "unauthorized", 401, "Authentication is required"

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.headers = {"WWW-Authenticate": _challenge("invalid_token", self.detail)}


class TokenExpired(Unauthorized):
    """The token was good and is no more: a page asks its login for another and tries again."""

    code, title = "token_expired", "The token has expired"


class SessionExpired(Unauthorized):
    """The session's time is over: a page asks its server for another client secret."""

    code, title = "session_expired", "The session has expired"


class SessionCancelled(Unauthorized):
    """The server that made the session ended it: a page shows that, and does not ask again."""

    code, title = "session_cancelled", "The session was cancelled"


class Forbidden(TurnstreamError):
    """The caller is known and may not do this. `detail` names the scope that is missing."""

    code, status, title = "forbidden", 403, "This is not allowed"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, scope: str = ""
    ) -> None:
        missing = f"This needs the scope {scope}." if scope else ""
        super().__init__(detail or missing, retry_after=retry_after)
        challenge = _challenge("insufficient_scope", self.detail)
        named = f', scope="{scope}"' if scope else ""
        self.headers = {"WWW-Authenticate": f"{challenge}{named}"}


class CredentialsUnreadable(TurnstreamError):
    """A worker has not the key with which a gateway sealed the headers of a request.

    It may pass: while `CREDENTIAL_KEYS` is changed, another worker may have it.
    """

    code, status, retryable = "credentials_unreadable", 503, True
    title: ClassVar[str] = "The headers that came along cannot be read"


class MisdirectedRequest(TurnstreamError):
    """The `Host` of the request is not one under which the gateway answers."""

    code, status, title = "misdirected_request", 421, "This is not the host that was asked for"


class RateLimited(TurnstreamError):
    """The caller asked more often than they may. `Retry-After` says when they may again."""

    code, status, retryable, title = "rate_limited", 429, True, "Too many requests"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, limit: str = ""
    ) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.limit = limit


class NotFound(TurnstreamError):
    """It does not exist, or it is somebody else's: the two look the same from outside."""

    code, status, title = "not_found", 404, "Not found"


class WorkflowNotFound(TurnstreamError):
    """No assistant has the name that a session or a tenant's setting gives.

    It may pass: while a new version is deployed, some workers do not know its workflows yet.
    """

    code, status, retryable, title = "workflow_not_found", 404, True, "There is no such workflow"


class ThreadBusy(TurnstreamError):
    """The thread has a running turn and the policy is to reject."""

    code, status, retryable, title = "thread_busy", 409, True, "The thread has a running turn"


class NothingPending(TurnstreamError):
    """The request answers a question that was never asked, or that was answered before."""

    code, status, title = "nothing_pending", 409, "Nothing is waiting for this answer"


class ThreadLocked(TurnstreamError):
    """The assistant locked the thread: no new turns until the assistant opens it."""

    code, status, title = "thread_locked", 409, "The thread is locked"


class ThreadClosed(TurnstreamError):
    """The assistant closed the thread: no new turns any more."""

    code, status, title = "thread_closed", 409, "The thread is closed"


class IdempotencyKeyReused(TurnstreamError):
    """The key was used before, for a different request."""

    code, status, title = "idempotency_key_reused", 409, "The idempotency key names another request"


class Fenced(TurnstreamError):
    """The attempt is not the turn's newest, or the turn is not running: the write was refused."""

    code, status, title = "fenced", 409, "The attempt has been superseded"


class UserBeingErased(TurnstreamError):
    """What the user has is being deleted: nothing of theirs can be added until that is done."""

    code, status, retryable, title = "user_being_erased", 409, True, "The user is being erased"


class LegalHold(TurnstreamError):
    """What the user has must be kept for a legal reason, until an operator releases the hold."""

    code, status, title = "legal_hold", 409, "The user's data is on legal hold"


class BodyTooLarge(TurnstreamError):
    """The body is larger than the gateway accepts."""

    code, status, title = "body_too_large", 413, "The request body is too large"


class MessageTooLong(TurnstreamError):
    """A message holds more text than one may."""

    code, status, title = "message_too_long", 413, "The message is too long"


class HeadTooLarge(TurnstreamError):
    """The request's line and headers are longer than a service accepts."""

    code, status, title = "head_too_large", 431, "The head of the request is too large"


class RequestTimedOut(TurnstreamError):
    """The request itself came too slowly: its head or its body."""

    code, status, retryable, title = "request_timed_out", 408, True, "The request took too long"


class UnsupportedMediaType(TurnstreamError):
    """The body is not declared as JSON."""

    code, status, title = "unsupported_media_type", 415, "The request body must be JSON"


class UnsupportedEncoding(TurnstreamError):
    """The body is packed in a way that the gateway does not unpack."""

    code, status, title = "unsupported_encoding", 415, "The Content-Encoding is not taken"
    headers = {"Accept-Encoding": "gzip, deflate"}  # noqa: RUF012  # as declared above


class AttachmentTypeRefused(TurnstreamError):
    """The attachment is of a type that is not taken, or its bytes are of another than it claims."""

    code, status, title = "attachment_type_refused", 415, "Attachments of this type are not taken"


class AttachmentRefused(TurnstreamError):
    """The attachment's bytes are damaged, locked, too costly to open, or not what was announced."""

    code, status, title = "attachment_refused", 422, "The attachment cannot be used"


class LinkRefused(TurnstreamError):
    """A signed link has run out, or it was changed."""

    code, status, title = "link_refused", 403, "The link is not valid any more"


class UploadsOff(TurnstreamError):
    """The session was made without the right to send files."""

    code, status, title = "uploads_off", 403, "This session takes no files"


class StorageFull(TurnstreamError):
    """The user keeps as many files, or holds as many unsent ones, as one user may."""

    code, status, title = "storage_full", 409, "There is no room for another file"


class Unprocessable(TurnstreamError):
    """The request is well formed and names the wrong kind of thing."""

    code, status, title = "unprocessable", 422, "The request cannot be applied"


class ReservedAction(TurnstreamError):
    """A client sent an action whose type begins with `turnstream.`: those are the server's own."""

    code, status, title = "reserved_action", 422, "The action's name is reserved"


class TooManyTurns(TurnstreamError):
    """The user has as many turns under way as one user may have."""

    code, status, retryable, title = "too_many_turns", 429, True, "Too many turns under way"


class BudgetExhausted(TurnstreamError):
    """What the turn, its user or its tenant may use of models is used up.

    `Retry-After` says when the budget of a day or a month is renewed.
    """

    code, status, retryable, title = "budget_exhausted", 429, True, "The budget is used up"


class TooManyStreams(TurnstreamError):
    """The user has as many streams open at a gateway as one user may have."""

    code, status, retryable, title = "too_many_streams", 429, True, "Too many open streams"
    limit = "streams"


class TooManyThreads(TurnstreamError):
    """The user keeps as many threads as one may. Deleting some helps."""

    code, status, title = "too_many_threads", 409, "There is no room for another thread"


class ThreadTaken(TurnstreamError):
    """What is imported has the id of somebody else's thread, attachment or file."""

    code, status, title = "thread_taken", 409, "It is somebody else's"


class ThreadFull(TurnstreamError):
    """The thread holds as many items as one may. A new thread helps."""

    code, status, title = "thread_full", 409, "The thread is full"


class MetadataTooLarge(TurnstreamError):
    """The metadata of a request holds more than the gateway takes."""

    code, status, title = "metadata_too_large", 413, "The metadata is too large"


class TooManyTurnsOfSession(TooManyTurns):
    """The session has as many turns under way as one session may have."""

    code, title = "too_many_turns_of_session", "Too many turns under way in this session"


class TooManyTurnsOfTenant(TooManyTurns):
    """The tenant has as many turns under way as one tenant may have."""

    code, title = "too_many_turns_of_tenant", "Too many turns under way"


class Unsupported(TurnstreamError):
    """The assistant of this deployment does not implement the method."""

    code, status, title = "unsupported", 501, "The assistant does not support this request"


class AssistantFailed(TurnstreamError):
    """The assistant raised an exception while it answered a short call."""

    code, status, title = "assistant_failed", 500, "The assistant failed"


class AssistantRefused(TurnstreamError):
    """The assistant refused a short call with an HTTP status of its own, by an `HTTPException`."""

    code, status, title = "assistant_refused", 400, "The assistant refused the request"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, answer: int = 400
    ) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.status = answer
        self.retryable = answer in _PASSING


class Unavailable(TurnstreamError):
    """A part that is needed does not answer right now."""

    code, status, retryable, title = "unavailable", 503, True, "Temporarily unavailable"


class OutOfRoom(TurnstreamError):
    """Redis is full and took no message. The store makes room within seconds, if it can."""

    code, status, retryable, title = "out_of_room", 503, True, "There is no room for the request"


class Overloaded(TurnstreamError):
    """A new turn would wait too long. `Retry-After` says when it would not any more."""

    code, status, retryable, title = "overloaded", 503, True, "Too much is waiting"


class TimedOut(TurnstreamError):
    """No answer came in time."""

    code, status, retryable, title = "timed_out", 504, True, "No answer in time"


def all_errors() -> dict[str, type[TurnstreamError]]:
    """Every named failure by its code. A class without a code of its own is no other failure."""
    return {cls.code: cls for cls in _with_subclasses(TurnstreamError) if "code" in vars(cls)}


def _with_subclasses(cls: type[TurnstreamError]) -> Iterator[type[TurnstreamError]]:
    yield cls
    for each in cls.__subclasses__():
        yield from _with_subclasses(each)


def _challenge(error: str, detail: str) -> str:
    """`WWW-Authenticate` as RFC 6750 has it; what a quoted string can't hold is left out."""
    description = "".join(each for each in detail if each.isascii() and each.isprintable())
    return f'Bearer error="{error}", error_description="{description.translate(_QUOTES)}"'


_QUOTES = str.maketrans({'"': "'", "\\": "/"})


def from_problem(body: dict[str, object], retry_after: float | None = None) -> TurnstreamError:
    """The failure that a problem document names; an unknown code becomes the base class."""
    cls = all_errors().get(str(body.get("code")), TurnstreamError)
    detail, status, wait = str(body.get("detail", "")), body.get("status"), body.get("retry_after")
    if retry_after is None and isinstance(wait, int | float):
        retry_after = wait
    if cls is AssistantRefused and isinstance(status, int):
        return AssistantRefused(detail, retry_after=retry_after, answer=status)
    failure = cls(detail, retry_after=retry_after)
    failure.limit = str(body.get("limit", failure.limit))
    return failure
