"""`turnstream console`: the way into the operator's page."""

import argparse
from datetime import timedelta

from turnstream.cli import deployment
from turnstream.cli.options import duration
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printing
from turnstream.contracts.identity import Scope
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.store_client import StoreClient
from turnstream.store_client.identity.made_keys import make_key

_LASTS = timedelta(hours=12)


def add(commands: Commands) -> None:
    """Add the command."""
    console = commands.add_parser(
        "console",
        help="make a key for the operator's page, and say where that is",
        description="Make a key with the scope operator that ends by itself, and print it. Paste\n"
        "it into the page at /console of your gateway. It reaches every tenant. The audit tells\n"
        "what was done with it, by its id.",
        epilog="""\
for today, and for somebody on call this week:
  turnstream console
  turnstream console --expires 7d --name ann
End it early with `turnstream keys revoke KEY_ID`: the page is then closed, too.""",
        formatter_class=EXAMPLES,
    )
    console.add_argument(
        "--expires", type=duration, default=_LASTS, help="in how long (default: 12h)"
    )
    console.add_argument("--name", default="console", help="who it is for (default: %(default)s)")
    console.set_defaults(run=printing(console_lines))


async def console_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """Where the page is, and a key for it, which is the last line."""
    scopes = frozenset({Scope.OPERATOR})
    made = await make_key(store, DEFAULT_TENANT, scopes, options.name, options.expires)
    until = made.key.expires_at
    lasts = f" It ends at {until.isoformat(timespec='minutes')}." if until else ""
    gateway = deployment.gateway_url().rstrip("/")
    opened = f"Open {gateway}/console" if gateway else "Open /console at your gateway"
    return [f"{opened} and paste this key, {made.key.id}.{lasts}", made.secret.get_secret_value()]
