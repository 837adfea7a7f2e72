"""Steps of an app's own, recorded in the journal of its attempt. See `turnstream.run_step`."""

from itertools import count

from turnstream.contracts.ids import digest
from turnstream.steps import Step, Steps

from turnstream_worker.attempt import id_scope
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.replay.metrics import STEP_PLAYBACKS

VALUE = "value"


class JournaledSteps(Steps):
    """The steps of whatever attempt the current code belongs to."""

    def step(self, name: str) -> Step | None:
        """The next step of this name, counted for each tool call by itself: their order may differ.

        A step takes the first number that is free. It is given back where the step fails, so that
        one that was tried again has the number under which the next attempt looks for it. Numbers
        are taken in the order of the calls and without waiting, so two steps never have one.
        """
        journal = current_journal.get()
        if journal is None:
            return None
        scope = id_scope.get()
        for number in count(1):
            key = f"step_{digest(name, scope, number)}"
            if key not in journal.taken_steps:
                journal.taken_steps.add(key)
                return JournaledStep(journal, key)
        raise AssertionError("unreachable")


class JournaledStep(Step):
    """A step under its key."""

    def __init__(self, journal: Journal, key: str) -> None:
        self._journal, self._key = journal, key

    def recorded(self) -> str | None:
        """Part of the interface. A record that can't be read counts as none."""
        record = self._journal.recorded(self._key)
        if record is None:
            return None
        if isinstance(record, dict) and isinstance(record.get(VALUE), str):
            STEP_PLAYBACKS.inc()
            return str(record[VALUE])
        self._journal.distrust(self._key, record)
        return None

    async def begin(self) -> None:
        """Part of the interface. Raises `BudgetExhausted` in a turn whose budget is used up."""
        self._journal.meter.check()
        await self._journal.committed()

    async def record(self, text: str) -> None:
        """Part of the interface."""
        self._journal.record(self._key, {VALUE: text})
        await self._journal.committed()

    def forget(self) -> None:
        """Part of the interface."""
        self._journal.taken_steps.discard(self._key)
