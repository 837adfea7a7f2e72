"""`turnstream usage`: what models cost."""

import argparse
from datetime import UTC, datetime, timedelta

from turnstream.cli.options import add_listing
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing
from turnstream.contracts.operating.usage import UsageGrouping, UsageQuery, UsageSum
from turnstream.store_client import StoreClient

_WITHIN = timedelta(days=30)
_PAGE = 1000
"""Sums that the store gives at a time."""
_GROUPS = ", ".join(UsageGrouping)


def add(commands: Commands) -> None:
    """Add the command."""
    usage = commands.add_parser(
        "usage",
        help="add up the tokens and costs of models",
        description="Add up the calls of models, a line each: what they have in common, calls,\n"
        "tokens (input with what was cached, output with what was thought), cost in US dollars.\n"
        "A call counts once, also where its answer was played back after a worker was lost.",
        epilog="""\
the bill of a customer by day; who used most; what each model cost, for another program:
  turnstream usage --tenant acme
  turnstream usage --by user --since 7d
  turnstream usage --by model,agent --json
A price that nobody knows is set with MODEL_PRICES.""",
        formatter_class=EXAMPLES,
    )
    usage.add_argument("--tenant", help="only this tenant")
    usage.add_argument("--user", help="only this user")
    usage.add_argument(
        "--by",
        type=_groups,
        default=(UsageGrouping.DAY,),
        help=f"what sums are told apart by, with commas between: {_GROUPS} (default: day)",
    )
    usage.set_defaults(run=printing(usage_lines))
    add_listing(usage, _WITHIN)


async def usage_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What the options ask for, the store's pages put together."""
    now = datetime.now(UTC)
    lines: list[str] = []
    after: int | None = 0
    while after is not None and len(lines) < options.limit:
        wanted = UsageQuery(
            since=options.since,
            until=now + timedelta(minutes=1),
            by=options.by,
            limit=min(_PAGE, options.limit - len(lines)),
            after=after,
        )
        page = await store.usage.of_all(wanted, options.tenant, options.user)
        lines += [each.model_dump_json() if options.json else _line(each) for each in page.data]
        after = page.after
    return lines or ([] if options.json else ["no model was called"])


def _line(each: UsageSum) -> str:
    named = (each.day, each.tenant, each.user, each.model, each.agent, each.thread_id)
    cached = f" ({each.cached_input_tokens} cached)" if each.cached_input_tokens else ""
    thought = f" ({each.reasoning_tokens} reasoning)" if each.reasoning_tokens else ""
    columns = [name or "-" for name in named if name is not None]
    columns += [f"{each.calls} calls", f"{each.input_tokens} in{cached}"]
    columns += [f"{each.output_tokens} out{thought}", f"${each.cost:.4f}"]
    if each.unpriced:
        columns.append(f"{each.unpriced} without a price")
    if each.estimated:
        columns.append(f"{each.estimated} estimated")
    if each.played_back:
        columns.append(f"{each.played_back} played back")
    return printable("  ".join(columns))


def _groups(text: str) -> tuple[UsageGrouping, ...]:
    try:
        return tuple(UsageGrouping(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: use {_GROUPS}") from error
