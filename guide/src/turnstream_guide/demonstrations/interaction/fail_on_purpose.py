"""A turn that fails: the error that the user sees, with a Retry button and without one.

An error event is the end of a turn, so it is not streamed like other events: the code that fails
raises ChatKit's `CustomStreamError`, and the turn ends failed with that event, once.
"""

import json

from agents import Tool, function_tool
from chatkit.errors import CustomStreamError

from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.turn import Turn

FAILED_FOR = "failed_on_purpose_for"
"""The key in the thread's metadata for the message that failed. A retry sends the same message.
Every attempt of a turn begins with the thread as it was, so a crash does not count as a retry."""


def _tools(turn: Turn) -> list[Tool]:
    _ = turn.translate

    @function_tool(failure_error_function=None)  # the turn shall fail, not only the tool
    async def fail_on_purpose(_ctx: RunContext, retry: bool) -> str:
        """Fail, to show the user what an error looks like.

        Args:
            retry: Whether the error comes with a Retry button. Trying again then succeeds.
        """
        message = turn.message.id if turn.message else turn.thread.id
        if not retry:
            raise CustomStreamError(_("This failed on purpose. Trying again would not help."))
        if turn.thread.metadata.get(FAILED_FOR) != message:
            turn.thread.metadata[FAILED_FOR] = message
            raise CustomStreamError(
                _("This failed on purpose. Press Retry: the second time it works."),
                allow_retry=True,
            )
        return json.dumps({"status": "ok", "summary": _("This time it worked.")})

    return [fail_on_purpose]


DEMONSTRATION = Demonstration(tools=_tools)
