"""The `state` of a workflow, kept in its thread from turn to turn.

A turn that is run again must begin with the same state as before, though its first attempt may have
saved what it made of it. So the thread keeps both, with the turn that saved them.
"""

import copy

import orjson
from chatkit.types import ThreadMetadata
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python
from turnstream.contracts.turns import Json
from turnstream.telemetry import get_logger

log = get_logger(__name__)

KEPT = "workflow_state"
"""A key in the metadata of the thread, which clients never get."""
LIMIT = 64 * 1024
"""Bytes of a state. It is read with every claim of a turn; documents belong into a database."""


class KeptState(BaseModel):
    """What a thread keeps."""

    turn_id: str = ""
    """The turn that saved it."""
    before: Json = {}
    """The state with which that turn began."""
    after: Json = {}
    given: Json = {}
    """The state variables that sessions gave so far, so that a changed one is noticed."""
    given_before: Json = {}


class WorkflowState:
    """The state of one run of a workflow.

    The values of the export come first, then those that the thread keeps, then those variables of
    the user's session that are new or changed: a server that says something else counts.
    """

    def __init__(self, thread: ThreadMetadata, turn_id: str, variables: Json) -> None:
        kept = KeptState.model_validate(thread.metadata.get(KEPT) or {})
        again = bool(turn_id) and kept.turn_id == turn_id
        self._turn_id = turn_id
        self._thread = thread
        self._variables = variables
        self._before = kept.before if again else kept.after
        self._given = kept.given_before if again else kept.given
        self._live: Json | None = None

    def fill(self, first: Json) -> Json:
        """The values in place of those with which every run of the export begins."""
        unknown = object()
        news = {
            name: value
            for name, value in self._variables.items()
            if self._given.get(name, unknown) != value
        }
        self._live = {**first, **copy.deepcopy(self._before), **news}
        return self._live

    def keep(self) -> None:
        """Keep the values as they are now. What is no JSON is left out, with a warning."""
        if self._live is None:
            return
        after = _plain(self._live)
        if len(orjson.dumps(after)) > LIMIT:
            log.error("a workflow's state is too large, and not kept", limit=LIMIT)
            return
        self._thread.metadata[KEPT] = KeptState(
            turn_id=self._turn_id,
            before=self._before,
            after=after,
            given={**self._given, **self._variables},
            given_before=self._given,
        ).model_dump()


def _plain(values: Json) -> Json:
    """The values that JSON can hold, as it holds them."""
    plain = {}
    for name, value in values.items():
        try:
            plain[name] = to_jsonable_python(value)
        except (PydanticSerializationError, ValueError, RecursionError) as error:
            log.warning("a value of a workflow's state is not kept", name=name, error=error)
    return plain
