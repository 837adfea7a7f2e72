"""The part of a thread that the guide's model is given."""

from chatkit.types import ThreadItem

from agent_worker.assistants.guide.demonstration import Turn
from agent_worker.attempt import current_attempt

HISTORY = 30
"""Items the model sees: enough for a conversation to hang together, few enough to stay cheap."""


async def history_of(turn: Turn) -> list[ThreadItem]:
    """The newest items of the turn's thread, oldest first."""
    newest = await turn.store.load_thread_items(turn.thread.id, None, HISTORY, "desc", turn.context)
    history = newest.data[::-1]
    attempt = current_attempt.get()
    answered = attempt.answered_item if attempt else None
    if answered is None:
        return history
    # Answered questions stand where they were asked, and the conversation may have gone on
    # since. For the model the answer is the newest thing that was said.
    item = await turn.store.load_item(turn.thread.id, answered, turn.context)
    return [*(each for each in history if each.id != answered), item]
