"""`turnstream status`: what waits, what runs, and on which workers."""

import argparse

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing
from turnstream.contracts.operating.overview import Overview, WorkerState
from turnstream.store_client import StoreClient


def add(commands: Commands) -> None:
    """Add the command."""
    status = commands.add_parser(
        "status",
        help="how the deployment does now: the queue, the slots, the workers",
        description="Show how many turns wait and run, how long the first in line waits, the\n"
        "slots of each worker, and how many turns failed within 5 minutes. A turn that is\n"
        "held back waits for another turn or a delay: no slot would help it.",
        epilog="""\
once, and for another program:
  turnstream status
  turnstream status --json
The turns themselves: `turnstream turns list --state active`.""",
        formatter_class=EXAMPLES,
    )
    status.add_argument("--json", action="store_true", help="as JSON")
    status.set_defaults(run=printing(status_lines))


async def status_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """The deployment as it is now."""
    now = await store.operations.overview()
    return [now.model_dump_json()] if options.json else [*map(printable, _lines(now))]


def _lines(now: Overview) -> list[str]:
    waits = "nothing waits" if now.oldest_runnable is None else f"{now.oldest_runnable:.1f} s"
    return [
        f"queued          {now.queued}, {now.held_back} of them held back",
        f"running         {now.running}",
        f"first in line   {waits}",
        f"slots           {now.slots}, {now.free} of them free",
        f"last 5 minutes  {now.ended} ended, {now.failed} of them failed",
        f"dead letters    {now.dead_letters}",
        "",
        *(_worker(each) for each in now.workers),
        *(
            f"tenant {each.tenant}: {each.queued} queued, {each.running} running"
            for each in now.tenants
        ),
    ]


def _worker(worker: WorkerState) -> str:
    state = "" if worker.alive else f", silent since {worker.seen_at.isoformat(timespec='seconds')}"
    drains = ", takes no more turns" if worker.draining else ""
    return f"{worker.instance}: {worker.running} of {worker.slots} slots{drains}{state}"
