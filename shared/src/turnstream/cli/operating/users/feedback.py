"""`turnstream feedback`: what users think of their answers."""

import argparse
from typing import get_args

from turnstream.cli.options import add_listing, store_of
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import whose
from turnstream.contracts.store_api import Feedback, FeedbackKind

_PAGE = 500
"""Ratings that the store gives at a time."""


def add(commands: Commands) -> None:
    """Add the command."""
    feedback = commands.add_parser(
        "feedback",
        help="list what users think of their answers",
        description="List ratings, newest first, a line each: time, kind, owner, thread, item.",
        epilog="""\
the bad answers of today, and all ratings for another program:
  turnstream feedback --kind negative --since 24h
  turnstream feedback --limit 100000 --json > ratings.jsonl""",
        formatter_class=EXAMPLES,
    )
    feedback.set_defaults(run=_run)
    feedback.add_argument(
        "--kind", choices=get_args(FeedbackKind), help="only ratings of this kind"
    )
    add_listing(feedback)


async def _run(options: argparse.Namespace) -> int:
    """Read page after page, because the store limits a page."""
    left, after = options.limit, None
    async with store_of(options) as client:
        while left > 0:
            page = await client.feedback.newest(
                limit=min(left, _PAGE), after=after, kind=options.kind, since=options.since
            )
            for rating in page.data:
                print(rating.model_dump_json() if options.json else _line(rating))
            left, after = left - len(page.data), page.after
            if after is None:
                break
    return 0


def _line(rating: Feedback) -> str:
    at = rating.created_at.isoformat(timespec="seconds")
    owner = whose(rating.tenant, rating.owner)
    return f"{at}  {rating.kind}  {owner}  {rating.thread_id}  {rating.item_id}"
