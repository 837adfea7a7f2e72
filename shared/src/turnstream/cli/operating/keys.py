"""`turnstream keys`: server keys are made, listed and revoked here."""

import argparse
from datetime import datetime

from turnstream.cli.options import duration
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing
from turnstream.contracts.identity import ApiKey, Scope
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.store_client import StoreClient
from turnstream.store_client.identity.made_keys import make_key

_SCOPES = ", ".join(Scope)


def add(commands: Commands) -> None:
    """Add the command."""
    keys = commands.add_parser(
        "keys",
        help="make, list and revoke server keys",
        description="A server key lets a server of yours make sessions, read threads or operate\n"
        "the deployment, as far as its scopes go. It is shown once, when it is made; the store\n"
        f"keeps its digest only. Scopes: {_SCOPES}.",
        epilog="""\
for a server that makes sessions, as with hosted ChatKit; in a script; and its end:
  turnstream keys create --scope sessions:write,threads:read --name shop
  turnstream keys create --tenant acme --scope chat --expires 90d
  turnstream keys list --tenant acme
  turnstream keys revoke key_0198c5
The key is the last line of `create`. Revoking a key ends the sessions that it made.""",
        formatter_class=EXAMPLES,
    )
    actions = keys.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a key and show it, this once")
    create.add_argument(
        "--tenant", default=DEFAULT_TENANT, help="whose it is (default %(default)s)"
    )
    create.add_argument(
        "--scope", required=True, type=_scopes, help=f"with commas between, of {_SCOPES}"
    )
    create.add_argument("--name", default="", help="what you call it")
    create.add_argument(
        "--expires", type=duration, help="in how long, such as 12h or 90d (default: never)"
    )
    listing = actions.add_parser("list", help="newest first, without the secrets")
    listing.add_argument("--tenant", help="only keys of this tenant")
    listing.add_argument("--limit", type=int, default=100, help="how many (default %(default)s)")
    listing.add_argument("--json", action="store_true", help="JSON lines, for another program")
    revoke = actions.add_parser("revoke", help="end a key and the sessions that it made")
    revoke.add_argument("key_id", help="as `list` prints it")
    keys.set_defaults(run=printing(key_lines))


async def key_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What the options ask for; a new key is the last line."""
    match options.action:
        case "create":
            lasts = options.expires
            made = await make_key(store, options.tenant, options.scope, options.name, lasts)
            advice = "Keep it where secrets are kept: it is not shown again."
            return [_line(made.key), advice, made.secret.get_secret_value()]
        case "revoke":
            return [_line(await store.keys.revoke(None, options.key_id))]
    keys = await store.keys.newest(options.tenant, options.limit)
    if options.json:
        return [key.model_dump_json() for key in keys]
    return [_line(key) for key in keys] or ["no keys"]


def _line(key: ApiKey) -> str:
    columns = [key.id, f"{key.created_at:%Y-%m-%d}", key.tenant, ",".join(sorted(key.scopes))]
    if key.name:
        columns.append(f"'{key.name}'")
    if key.last_used_at is not None:
        columns.append(f"used {_minute(key.last_used_at)}")
    if key.revoked_at is not None:
        columns.append(f"revoked {_minute(key.revoked_at)}")
    elif key.expires_at is not None:
        word = "expires" if key.valid else "expired"
        columns.append(f"{word} {_minute(key.expires_at)}")
    return printable("  ".join(columns))


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(each) for each in text.replace(",", " ").split())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: use {_SCOPES}") from error
