"""`turnstream record`: one turn as a file, for `turnstream replay` and for a test."""

import argparse
from pathlib import Path

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing, whose
from turnstream.contracts.operating.recordings import Recording
from turnstream.errors import TurnstreamError
from turnstream.recordings.files import write_recording
from turnstream.recordings.redaction import Redaction, redacted
from turnstream.store_client import StoreClient

NOTHING = "nothing"

_DESCRIPTION = """\
Write one turn into a file: the request, the thread before it, what models answered and were
asked, what tools gave, what viewers were sent, and how it ended. `turnstream replay` runs it
against today's code. No headers of the request are in it. A turn that is under way is written as
far as it has come. The audit tells of it."""

_EXAMPLES = """\
a turn that failed, and the same without what its user, models and tools said:
  turnstream failures
  turnstream record turn_0198c5
  turnstream record turn_0198c5 --redact texts -o case.json
Failed turns can be recorded for a day: JOURNAL_TTL, and KEEP_JOURNALS=all for those that did not
fail. Without `--redact texts` the file holds a conversation: keep it where such things may be."""


def add(commands: Commands) -> None:
    """Add the command."""
    record = commands.add_parser(
        "record",
        help="write one turn into a file, for `turnstream replay`",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=EXAMPLES,
    )
    record.add_argument("turn_id", help="as `turnstream failures` and the Turn-Id header name it")
    record.add_argument("-o", "--output", type=Path, help="the file (default: TURN_ID.json)")
    record.add_argument(
        "--redact",
        choices=[*Redaction, NOTHING],
        default=Redaction.SECRETS,
        help="what to take out: keys and tokens; texts as well; or nothing (default: %(default)s)",
    )
    record.set_defaults(run=printing(record_lines))


async def record_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """Write the file; the lines that say what is in it."""
    recording = await store.recordings.of_turn(options.turn_id)
    if options.redact != NOTHING:
        recording = redacted(recording, [options.redact])
    target: Path = options.output or Path(f"{recording.turn.id}.json")
    try:
        size = write_recording(recording, target)
    except OSError as error:
        raise TurnstreamError(f"{target}: {error.strerror or error}") from error
    return [f"{target}: {size} bytes", *(f"  {printable(line)}" for line in _lines(recording))]


def _lines(recording: Recording) -> list[str]:
    turn, journal = recording.turn, recording.journal
    owner = turn.context.owner
    ended = f"{turn.status} ({turn.error.code})" if turn.error else str(turn.status)
    answers = sum(key.startswith(("model_", "stream_")) for key in journal)
    results = sum(key.startswith("tool_") for key in journal) + len(recording.calls)
    log = "no event log: it is kept 15 minutes" if recording.log is None else "its event log"
    counts = [f"{answers} answers of models", f"{results} results of tools", log]
    return [
        f"{turn.kind} of {whose(owner.tenant, owner.user)}, {ended}, attempt {turn.attempt}",
        f"{len(recording.history)} items before it, {', '.join(counts)}",
        f"redacted: {', '.join(recording.redacted) or 'nothing'}",
    ]
