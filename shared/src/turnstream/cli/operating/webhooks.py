"""`turnstream webhooks`: who is told how turns end, and what did not arrive."""

import argparse
import base64
import os
from datetime import datetime

from pydantic import ValidationError

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing, whose
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.webhooks import (
    SECRET_PREFIX,
    CreateWebhook,
    Delivery,
    DeliveryState,
    RotateWebhook,
    Webhook,
    WebhookEvent,
)
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.errors import BadRequest
from turnstream.store_client import StoreClient

_EVENTS = ", ".join(WebhookEvent)
_SECRET_BYTES = 32
_ADVICE = "Keep it where secrets are kept: it is not shown again."


def add(commands: Commands) -> None:
    """Add the command."""
    webhooks = commands.add_parser(
        "webhooks",
        help="tell a URL how turns end, and look at what did not arrive",
        description="A webhook is a URL that is told how each turn of a tenant ends: with ids and\n"
        "the outcome, and nothing that anybody said. It is signed as Standard Webhooks has it,\n"
        f"and sent again under the same id until it arrives. Events:\n{_EVENTS}.",
        epilog="""\
a webhook for some events; another secret, with a day to change it; and its end:
  turnstream webhooks create https://example.com/hooks --events turn.failed,turn.action_required
  turnstream webhooks create https://acme.example/hooks --tenant acme --description billing
  turnstream webhooks list
  turnstream webhooks rotate whk_0198c5
  turnstream webhooks disable whk_0198c5
  turnstream webhooks delete whk_0198c5
what was sent there; what did not arrive, and once more when the receiver is mended:
  turnstream webhooks deliveries whk_0198c5
  turnstream webhooks dead-letters
  turnstream webhooks enable whk_0198c5
  turnstream webhooks retry whk_0198c5
  turnstream webhooks retry whk_0198c5 --event evt_0198c6_1
The secret is the last line of `create` and of `rotate`.""",
        formatter_class=EXAMPLES,
    )
    actions = webhooks.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="add a webhook and show its secret, this once")
    create.add_argument("url", help="where to send, beginning with https://")
    create.add_argument(
        "--tenant", default=DEFAULT_TENANT, help="whose turns it is told of (default %(default)s)"
    )
    create.add_argument(
        "--events",
        type=_events,
        default=list(WebhookEvent),
        help=f"with commas between, of {_EVENTS} (default: all)",
    )
    create.add_argument("--description", default="", help="what you call it")
    listing = actions.add_parser("list", help="newest first, without the secrets")
    _add_listing(listing)
    for name, text in (
        ("rotate", "sign with a new secret and show it; the old one signs as well for a day"),
        ("disable", "send nothing there any more"),
        ("enable", "send there what happens from now on"),
        ("delete", "forget it, with all that is on its way there"),
        ("deliveries", "what was sent there and is to be sent, newest first"),
        ("retry", "send its dead letters again, under their ids"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("webhook_id", help="as `list` prints it")
        if name == "retry":
            action.add_argument("--event", help="this one alone, as `dead-letters` prints it")
        if name == "deliveries":
            _add_listing(action)
    letters = actions.add_parser("dead-letters", help="what did not arrive, newest first")
    _add_listing(letters)
    webhooks.set_defaults(run=printing(webhook_lines))


async def webhook_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What the options ask for; a new secret is the last line."""
    hooks = store.webhooks
    match options.action:
        case "create":
            command = _command(options)
            return [_line(await hooks.create(options.tenant, command)), _ADVICE, command.secret]
        case "rotate":
            rotation = RotateWebhook(secret=new_secret())
            webhook = await hooks.rotate(None, options.webhook_id, rotation)
            return [_line(webhook), _ADVICE, rotation.secret]
        case "disable":
            return [_line(await hooks.disable(None, options.webhook_id))]
        case "enable":
            return [_line(await hooks.enable(None, options.webhook_id))]
        case "delete":
            await hooks.delete(None, options.webhook_id)
            return [printable(f"{options.webhook_id} is gone")]
        case "retry":
            again = await hooks.retry(None, options.webhook_id, options.event)
            return [f"{again.count} sent again"]
        case "list":
            found = await hooks.newest(options.tenant, options.limit)
            if options.json:
                return [each.model_dump_json() for each in found]
            return [_line(each) for each in found] or ["no webhooks"]
    return await _deliveries(store, options)


async def _deliveries(store: StoreClient, options: argparse.Namespace) -> list[str]:
    dead = options.action == "dead-letters"
    state = DeliveryState.DEAD if dead else None
    which = None if dead else options.webhook_id
    found = await store.webhooks.deliveries(options.tenant, which, state, options.limit)
    if options.json:
        return [each.model_dump_json() for each in found]
    return [_delivery(each) for each in found] or ["no dead letters" if dead else "no deliveries"]


def new_secret() -> str:
    """A fresh secret, as Standard Webhooks writes one."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def _command(options: argparse.Namespace) -> CreateWebhook:
    try:
        return CreateWebhook(
            id=new_id("whk"),
            url=options.url,
            events=options.events,
            secret=new_secret(),
            description=options.description,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{first['loc'][0]}: {first['msg']}.") from error


def _add_listing(listing: argparse.ArgumentParser) -> None:
    listing.add_argument("--tenant", help="only of this tenant")
    listing.add_argument("--limit", type=int, default=100, help="how many (default %(default)s)")
    listing.add_argument("--json", action="store_true", help="JSON lines, for another program")


def _line(webhook: Webhook) -> str:
    columns = [webhook.id, webhook.tenant, webhook.url, ",".join(webhook.events)]
    if webhook.description:
        columns.append(f"'{webhook.description}'")
    if webhook.disabled_at is not None:
        columns.append(f"disabled ({webhook.disabled_why}) {_minute(webhook.disabled_at)}")
    elif webhook.failing_since is not None:
        columns.append(f"failing since {_minute(webhook.failing_since)}")
    return printable("  ".join(columns))


def _delivery(delivery: Delivery) -> str:
    whom = whose(delivery.tenant, delivery.user)
    columns = [
        delivery.event_id,
        _minute(delivery.occurred_at),
        delivery.webhook_id,
        delivery.event,
    ]
    columns += [delivery.turn_id, whom, delivery.state, f"tries={delivery.tries}"]
    if delivery.last_error is not None:
        columns.append(delivery.last_error)
    if delivery.state is DeliveryState.WAITING and delivery.tries:
        columns.append(f"again {_minute(delivery.due_at)}")
    return printable("  ".join(columns))


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _events(text: str) -> list[WebhookEvent]:
    try:
        return [WebhookEvent(each) for each in text.replace(",", " ").split()]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: use {_EVENTS}") from error
