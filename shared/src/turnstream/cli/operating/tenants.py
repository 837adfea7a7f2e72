"""`turnstream tenants`: what each tenant has of its own."""

import argparse
from collections.abc import Sequence

import orjson
from pydantic import ValidationError

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing
from turnstream.contracts.identity import TenantRecord, TenantSettings
from turnstream.errors import BadRequest
from turnstream.settings import parse_duration
from turnstream.store_client import StoreClient

_NAMES = ", ".join(TenantSettings.model_fields)


def add(commands: Commands) -> None:
    """Add the command."""
    tenants = commands.add_parser(
        "tenants",
        help="list and change what tenants have of their own",
        description="A tenant is a customer of the deployment, with users, threads and keys of\n"
        "its own. What it is not given here it has from the settings of the deployment.\n"
        f"It may have: {_NAMES}.",
        epilog="""\
limits and a model of its own for a customer, then the deployment's model again:
  turnstream tenants set acme max_turns_per_user=5 model=gpt-5.4-mini retention=30d
  turnstream tenants set acme model_choices=gpt-5.4-mini,gpt-5.4
  turnstream tenants set acme user_daily_tokens=200000 tenant_monthly_cost=250
  turnstream tenants set acme model=
  turnstream tenants show acme
  turnstream tenants list
Services know of a change within five seconds.""",
        formatter_class=EXAMPLES,
    )
    actions = tenants.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="those that have something of their own, by name")
    show = actions.add_parser("show", help="what a tenant has of its own, as JSON")
    show.add_argument("tenant")
    change = actions.add_parser("set", help="change some of it; the rest stays")
    change.add_argument("tenant")
    change.add_argument(
        "settings", nargs="+", metavar="name=value", help="an empty value leaves the deployment's"
    )
    tenants.set_defaults(run=printing(tenant_lines))


def changed(settings: TenantSettings, words: Sequence[str]) -> TenantSettings:
    """The settings with what `name=value` says of some. Raises `BadRequest`."""
    values = settings.model_dump()
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in TenantSettings.model_fields:
            raise BadRequest(f"{word} is not name=value with a name of {_NAMES}.")
        values[name] = _parsed(name, value) if value else None
    try:
        return TenantSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{first['loc'][0]}: {first['msg']}.") from error


async def tenant_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What the options ask for."""
    match options.action:
        case "show":
            document = (await store.tenants.show(options.tenant)).model_dump(
                mode="json", exclude_none=True
            )
            return [orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()]
        case "set":
            known = await store.tenants.show(options.tenant)
            settings = changed(known.settings, options.settings)
            return [_line(await store.tenants.set(options.tenant, settings))]
    records = await store.tenants.listed()
    return [_line(record) for record in records] or ["no tenant has anything of its own"]


def _parsed(name: str, value: str) -> object:
    if name == "model_choices":
        return [each.strip() for each in value.split(",") if each.strip()]
    return parse_duration(value) if name in ("retention", "turn_max_time") else value


def _line(record: TenantRecord) -> str:
    own = record.settings.model_dump(mode="json", exclude_none=True)
    words = (f"{name}={_shown(value)}" for name, value in own.items())
    return printable("  ".join([record.id, *words]))


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
