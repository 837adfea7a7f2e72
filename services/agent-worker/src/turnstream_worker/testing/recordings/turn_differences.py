"""The first point at which today's run of a turn differs from its recording."""

from collections.abc import Collection, Sequence
from typing import Any

from turnstream.contracts.operating.recordings import Recording
from turnstream.contracts.turns import Json, TurnStatus

from turnstream_worker.testing.recordings.call_differences import differences_of_calls
from turnstream_worker.testing.recordings.difference import Difference, Found, Part, as_json
from turnstream_worker.testing.recordings.model_calls import model_calls

_VOLATILE = frozenset({"id", "item_id", "thread_id", "created_at", "duration", "revision"})
_FROM_LOG = frozenset({"client_effect", "notice", "thread.updated"})


def first_difference(
    recorded: Recording, now: Recording, *, ended: str | None, ignore: Collection[str] = ()
) -> Difference | None:
    """What differs first; None where nothing does, as far as the recording goes.

    `ended` says what the run asked for that the recording does not have, if it came to that.
    """
    found = _differences(recorded, now, ended=ended)
    return next((each for each in found if each.part not in ignore), None)


def _differences(recorded: Recording, now: Recording, *, ended: str | None) -> Found:
    yield from differences_of_calls(recorded, now, ended=ended)
    status = recorded.turn.status
    if ended is not None and status is TurnStatus.COMPLETED:
        yield Difference(Part.CALLS, "the last recorded step", "the turn ended", ended)
    if ended is not None or status not in (TurnStatus.COMPLETED, TurnStatus.FAILED):
        return  # what came after that is not in the recording
    yield from _end(recorded, now)
    yield from _items(recorded, now)
    yield from _events(recorded, now)


def _end(recorded: Recording, now: Recording) -> Found:
    ends = [_ending(each) for each in (recorded, now)]
    if ends[0][0] != ends[1][0]:
        yield Difference(Part.END, "the end of the turn", ends[0][1], ends[1][1])


def _ending(recording: Recording) -> tuple[object, str]:
    turn = recording.turn
    if turn.error is None or turn.status is not TurnStatus.FAILED:
        return turn.status, str(turn.status)
    cause = turn.error.cause
    where = f" in {cause.where}" if cause is not None and cause.where else ""
    text = f"{turn.status}: {turn.error.code}: {turn.error.detail}{where}"
    return (turn.status, turn.error.code, cause.exception if cause else ""), text


def _items(recorded: Recording, now: Recording) -> Found:
    then, today = ([each.item for each in side.items if each.attempt] for side in (recorded, now))
    yield from _sequences(Part.ITEMS, "item", then, today, ordered=not _has_parallel(recorded))


def _events(recorded: Recording, now: Recording) -> Found:
    """Those of the log that no item tells. Attempts before the last one may have shown them too,
    and the progress of remote tools is not kept.
    """
    if recorded.log is None or now.log is None or recorded.turn.attempt != 1:
        return
    kinds = _FROM_LOG if recorded.calls else _FROM_LOG | {"progress_update"}
    then, today = (
        [
            event
            for entry in side.log or ()
            for event in entry.events
            if event.get("type") in kinds and not entry.position.startswith("0-")
        ]
        for side in (recorded, now)
    )
    yield from _sequences(Part.EVENTS, "event", then, today, ordered=False)


def _sequences(
    part: Part, name: str, then: Sequence[Json], today: Sequence[Json], *, ordered: bool
) -> Found:
    left = [(each, plain(each)) for each in today]
    for number, each in enumerate(then, 1):
        wanted = plain(each)
        found = next((at for at, (_, other) in enumerate(left) if other == wanted), None)
        if found == 0 or (found is not None and not ordered):
            del left[found]
            continue
        where = f"{name} {number} of {len(then)}, {_kind_of(each)}"
        same = (at for at, (other, _) in enumerate(left) if _kind_of(other) == _kind_of(each))
        at = 0 if ordered and left else next(same, None)
        now = "nothing" if at is None else _as_text(left.pop(at)[0])
        yield Difference(part, where, _as_text(each), now)
    for extra, _ in left:
        where = f"{name}s after the {len(then)} recorded ones, {_kind_of(extra)}"
        yield Difference(part, where, "nothing", _as_text(extra))


def _has_parallel(recording: Recording) -> bool:
    """True where tools ran side by side, in whatever order."""
    return any(len(call.tool_calls) > 1 for call in model_calls(recording))


def _kind_of(document: Json) -> str:
    return str(document.get("type"))


def _as_text(document: Json) -> str:
    """An item or an event: its words, where it has nothing else."""
    content = document.get("content")
    if isinstance(content, list) and content and all("text" in part for part in content):
        return "".join(str(part["text"]) for part in content)
    return as_json(plain(document))


def plain(value: Any) -> Any:
    """Without what is another one in every run: ids, times, durations."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name not in _VOLATILE}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value
