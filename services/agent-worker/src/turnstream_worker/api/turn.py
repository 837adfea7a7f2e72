"""The turn on whose behalf an app's code runs."""

from dataclasses import dataclass

from turnstream_worker.callers import current_attempt


@dataclass(frozen=True)
class CurrentTurn:
    """A turn while one of its attempts runs."""

    id: str
    """The same in every attempt: part of a good idempotency key for an effect of your own."""
    thread_id: str
    user_id: str
    tenant: str
    """The tenant of the user: two tenants may have users of the same name."""
    attempt: int
    """Rises by one whenever the turn is run again."""
    answered_item: str | None
    """The item of the questions that the turn's request answers, if it answers questions."""


def current_turn() -> CurrentTurn | None:
    """The turn that this code belongs to; None in a short call, such as a sync action.

    Tasks that were started in `respond` or `action` belong to its turn until it ends. A task that
    goes on afterwards, such as a queue that serves all turns, belongs to none.
    """
    attempt = current_attempt.get()
    if attempt is None:
        return None
    return CurrentTurn(
        id=attempt.turn_id,
        thread_id=attempt.thread_id,
        user_id=attempt.owner.user,
        tenant=attempt.owner.tenant,
        attempt=attempt.number,
        answered_item=attempt.answered_item,
    )
