"""What a model server can do wrong in an answer that began with status 200.

Each class says whether the same request may succeed later. `failures` decides from these what
happens to the turn and what its user reads.
"""


class AnswerFault(Exception):
    """Base of the faults. The message is for the operator; it may hold what the server said."""


class UpstreamFault(AnswerFault):
    """The server said in its stream that it failed, where it could have used an HTTP status.

    It comes as a data frame or an event named `error`, as `response.failed`, inside a choice, or as
    the reason why the model stopped.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message or code or "The model server reported an error.")
        self.code = code
        """The server's own code or type in lower case, such as `rate_limit_exceeded` or
        `network_error`; empty when it gave none."""
        self.status = status
        """The HTTP status that the server named inside its answer, if it named one."""
        self.retryable = retryable
        """Whether trying again helps, where the kind of the fault says so; None where only code and
        status can tell."""


class UnreadableAnswer(AnswerFault):
    """The server sent what is not an answer: no JSON, or JSON of another shape.

    Trying again helps: most such answers are pages of a proxy, or cut frames.
    """


class EmptyAnswer(AnswerFault):
    """The model ended its answer and said nothing: no text, no call, no refusal.

    Trying again may help: models do so by chance.
    """


class CutByLength(AnswerFault):
    """The answer reached the limit of its length. What came before is kept.

    Trying again does not help by itself: the same request reaches the same limit.
    """


class ContentRefused(AnswerFault):
    """The server's content filter stopped the answer. What came before is kept.

    Trying again does not help.
    """
