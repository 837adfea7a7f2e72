"""`turnstream outbox`: emails that users agreed to send."""

import argparse

from turnstream.cli.options import add_listing, store_of
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, whose


def add(commands: Commands) -> None:
    """Add the command."""
    emails = commands.add_parser(
        "outbox",
        help="list emails that users agreed to send",
        description="List emails, newest first, a line each: time, owner, recipient, subject.\n"
        "Turnstream sends none: a mailer of yours reads them here.",
        epilog="""\
what came since the last look, for a mailer:
  turnstream outbox --since 2026-01-31T12:00 --json""",
        formatter_class=EXAMPLES,
    )
    emails.set_defaults(run=_run)
    add_listing(emails)


async def _run(options: argparse.Namespace) -> int:
    async with store_of(options) as client:
        for email in await client.emails.newest_of_all(limit=options.limit, since=options.since):
            at = email.created_at.isoformat(timespec="seconds")
            line = f"{at}  {whose(email.tenant, email.owner)}  {email.recipient}  {email.subject}"
            print(email.model_dump_json() if options.json else printable(line))
    return 0
